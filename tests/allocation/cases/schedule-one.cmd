haxconn schedule inputs/single.json --json s.json
