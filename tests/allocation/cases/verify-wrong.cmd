haxconn schedule inputs/wait.json --json - | sed "s/\"value\": 21/\"value\": 20/" >plan.json
haxconn verify inputs/wait.json plan.json
