haxconn schedule inputs/wait.json --after B
