haxconn profile alexnet --platform synthetic --store none --rounds 2 --grouping 3
