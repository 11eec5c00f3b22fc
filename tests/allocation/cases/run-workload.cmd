haxconn run examples/workloads/chain.json --platform synthetic --store none --rounds 2 --json r.json
