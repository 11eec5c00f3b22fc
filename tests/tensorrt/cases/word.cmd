haxconn units --platform jetson,mono
