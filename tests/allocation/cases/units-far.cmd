haxconn units --platform inputs/far.json
