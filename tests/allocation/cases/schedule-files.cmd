haxconn schedule examples/problems/waiting.json --artifact out
