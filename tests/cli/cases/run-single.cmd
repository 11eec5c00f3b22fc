haxconn run googlenet --platform synthetic --store none --rounds 2
