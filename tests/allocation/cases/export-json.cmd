haxconn schedule inputs/tiny-problem.json --json s.json
haxconn export json inputs/tiny-problem.json s.json tiny=inputs/tiny.prototxt small=inputs/tiny.prototxt --output o.json
