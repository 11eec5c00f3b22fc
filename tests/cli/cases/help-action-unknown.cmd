haxconn help model shw
