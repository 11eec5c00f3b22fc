haxconn schedule own/three.json --objective sum --json s.json
