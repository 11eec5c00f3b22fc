haxconn help model show
