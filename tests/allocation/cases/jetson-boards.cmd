haxconn jetson boards --json b.json
