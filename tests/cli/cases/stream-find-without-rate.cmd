haxconn stream alexnet --platform synthetic --frames 1 --find-rate
