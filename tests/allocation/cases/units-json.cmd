haxconn units --platform synthetic --json u.json
