haxconn contention measure --platform synthetic --store none --json m.json
