haxconn schedule inputs/wait.json --objective throughput --json s.json
