haxconn doctor
