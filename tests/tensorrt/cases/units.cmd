haxconn units --platform jetson
