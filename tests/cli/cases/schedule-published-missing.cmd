haxconn schedule --published no-such.json
