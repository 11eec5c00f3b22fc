haxconn schedule inputs/wait.json --json plan.json
haxconn verify inputs/wait.json plan.json
