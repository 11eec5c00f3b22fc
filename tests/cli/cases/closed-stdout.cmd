haxconn --version >&-
