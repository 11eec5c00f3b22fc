haxconn run alexnet googlenet --platform synthetic --store none --rounds 2 --grouping 3
