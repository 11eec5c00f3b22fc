haxconn --help >/dev/full
