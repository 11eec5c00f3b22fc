haxconn run googlenet --cuts 38, --platform synthetic --store none --rounds 2 | grep ' on '
