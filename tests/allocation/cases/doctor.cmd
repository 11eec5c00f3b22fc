haxconn doctor --board
