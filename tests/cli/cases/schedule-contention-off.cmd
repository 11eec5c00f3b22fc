haxconn schedule --contention off inputs/wait.json
