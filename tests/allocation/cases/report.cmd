haxconn schedule inputs/wait.json --json s.json
haxconn report s.json inputs/wait.json -o plan.html --trace trace.json
