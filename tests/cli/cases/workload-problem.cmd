haxconn profile examples/workloads/chain.json --platform synthetic --store none --rounds 2 --json p.json >/dev/null && haxconn problem p.json examples/workloads/chain.json | grep -A3 '"after"'
