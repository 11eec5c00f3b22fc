haxconn
