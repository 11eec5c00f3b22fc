haxconn stream alexnet --platform synthetic
