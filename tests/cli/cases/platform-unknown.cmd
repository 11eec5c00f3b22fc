haxconn units --platform jupiter
