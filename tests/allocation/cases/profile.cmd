haxconn profile alexnet inputs/tiny.prototxt --platform synthetic --store none --rounds 2 --grouping 3 -o p.json
