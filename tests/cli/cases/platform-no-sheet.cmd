haxconn platform show synthetic
