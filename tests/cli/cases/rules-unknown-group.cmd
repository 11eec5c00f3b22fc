haxconn schedule inputs/wait.json --forbid A:99=one
