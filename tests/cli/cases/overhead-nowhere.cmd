haxconn overhead alexnet --platform synthetic
