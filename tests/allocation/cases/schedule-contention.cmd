haxconn schedule examples/problems/published.json --json -
