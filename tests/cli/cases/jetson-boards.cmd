haxconn jetson boards
