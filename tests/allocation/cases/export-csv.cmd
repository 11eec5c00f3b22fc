haxconn schedule inputs/tiny-problem.json --json s.json
haxconn export csv inputs/tiny-problem.json s.json inputs/tiny.prototxt --instance tiny --output o.csv
