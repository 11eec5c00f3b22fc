haxconn contention press big=5 little=all --platform synthetic --store none --json p.json
