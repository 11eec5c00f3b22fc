haxconn units -z
