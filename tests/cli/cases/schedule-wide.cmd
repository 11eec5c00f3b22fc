COLUMNS=160 haxconn schedule inputs/wait.json
