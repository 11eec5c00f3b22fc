haxconn units --platform synthetic
