haxconn platform show xavier-agx --json p.json
