haxconn export csv inputs/tiny-problem.json
