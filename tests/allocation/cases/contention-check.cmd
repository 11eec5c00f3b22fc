haxconn contention check alexnet googlenet --platform synthetic --store none --grouping 2 --json c.json
