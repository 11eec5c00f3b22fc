haxconn help rnu
