haxconn schedule googlenet --platform synthetic --store none --rounds 2
