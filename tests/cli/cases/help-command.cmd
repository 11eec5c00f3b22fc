haxconn help run && haxconn schedule --help
