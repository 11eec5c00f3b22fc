haxconn run alexnet googlenet --platform synthetic --store none --rounds 3
