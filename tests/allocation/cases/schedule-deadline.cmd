haxconn schedule inputs/two-deadlines.json --objective deadline --deadline detect=30 --deadline track=30 --json s.json
