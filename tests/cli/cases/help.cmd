haxconn --help
