haxconn units host
