haxconn schedule inputs/negative-time.json
