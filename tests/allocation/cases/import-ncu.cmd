haxconn import auto inputs/ncu-orin.csv --json i.json
