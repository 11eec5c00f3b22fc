haxconn schedule inputs/wait.json --robust --sensitivity --spread 20 --json s.json
