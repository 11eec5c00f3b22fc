haxconn compare alexnet googlenet --platform synthetic --store none --rounds 2
