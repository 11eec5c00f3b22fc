haxconn jetson plan alexnet
