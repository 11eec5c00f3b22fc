haxconn profile alexnet --platform inputs/far.json --store none
