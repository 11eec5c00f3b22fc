haxconn schedule examples/problems/published.json --sensitivity
