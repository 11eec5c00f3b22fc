haxconn compare inputs/wait.json --time 1e-9
