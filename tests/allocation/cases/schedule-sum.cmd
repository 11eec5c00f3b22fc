haxconn schedule inputs/wait.json --objective sum --json s.json
