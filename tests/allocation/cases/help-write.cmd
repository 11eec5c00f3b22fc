haxconn help --write .
