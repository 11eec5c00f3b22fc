haxconn profile alexnet googlenet --platform synthetic --store none --rounds 3 --grouping 3 -o p.json
haxconn problem p.json alexnet googlenet -o q.json
