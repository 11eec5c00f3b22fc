haxconn export csv inputs/tiny-problem.json s.json --whole
