haxconn schedule own/three.json --json s.json
