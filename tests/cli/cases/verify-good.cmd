haxconn schedule inputs/wait.json --json plan.json >/dev/null && haxconn verify inputs/wait.json plan.json
