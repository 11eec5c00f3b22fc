haxconn schedule inputs
