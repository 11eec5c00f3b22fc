haxconn schedule examples/problems/waiting.json --artifact out >/dev/null
