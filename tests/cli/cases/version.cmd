haxconn --version
