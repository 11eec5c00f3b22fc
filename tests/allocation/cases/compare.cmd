haxconn compare inputs/wait.json
