s/^haxconn [0-9.]+$/haxconn VERSION/
