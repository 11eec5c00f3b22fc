haxconn jetson run nowhere
