haxconn help run
