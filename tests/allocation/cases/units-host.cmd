haxconn units
