haxconn platform calibrate xavier-agx --json c.json
