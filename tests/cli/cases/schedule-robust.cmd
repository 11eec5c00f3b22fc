haxconn schedule inputs/wait.json --robust --spread 20
