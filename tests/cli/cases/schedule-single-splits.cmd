haxconn schedule inputs/single.json
