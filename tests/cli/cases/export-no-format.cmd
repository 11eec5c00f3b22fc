haxconn schedule inputs/tiny-problem.json --json s.json >/dev/null && haxconn export yaml inputs/tiny-problem.json s.json
