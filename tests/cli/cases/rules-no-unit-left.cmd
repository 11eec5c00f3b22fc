haxconn schedule inputs/wait.json --forbid A=one
