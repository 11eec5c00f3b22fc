haxconn schedule inputs/wait.json
