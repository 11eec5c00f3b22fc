haxconn profile alexnet --platform xavier-agx --store none --grouping 3 -o p.json
