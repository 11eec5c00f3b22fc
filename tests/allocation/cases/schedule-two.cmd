haxconn schedule inputs/wait.json --json s.json
