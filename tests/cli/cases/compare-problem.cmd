haxconn compare examples/problems/published.json
