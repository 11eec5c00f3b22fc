haxconn schedule --no-contention inputs/wait.json
