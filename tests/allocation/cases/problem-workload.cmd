haxconn profile examples/workloads/chain.json --platform synthetic --store none --rounds 2 --grouping 3 --json p.json
haxconn problem p.json examples/workloads/chain.json --json q.json
