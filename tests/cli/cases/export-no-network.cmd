haxconn schedule inputs/tiny-problem.json --json s.json >/dev/null && haxconn export csv inputs/tiny-problem.json s.json
