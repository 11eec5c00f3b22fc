haxconn schedule inputs/wait.json --report plan.html
haxconn report plan.html --json -
