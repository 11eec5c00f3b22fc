haxconn schedule --nodes 1 inputs/wait.json
