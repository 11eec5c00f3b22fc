haxconn compare examples/workloads/chain-and-third.json --platform synthetic --store none --rounds 2 --json - | grep -E '^      "name"|same_as'
