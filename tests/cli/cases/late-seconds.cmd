haxconn schedule inputs/late-seconds.json --json plan.json | grep -A1 -E 'e\+|misses'; haxconn verify inputs/late-seconds.json plan.json | head -1
