haxconn schedule - <inputs/wait.json | head -n 1
