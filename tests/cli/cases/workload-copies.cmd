haxconn run examples/workloads/copies.json --platform synthetic --store none --rounds 2
