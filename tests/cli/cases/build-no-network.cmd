haxconn build
