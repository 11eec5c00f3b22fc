haxconn stream alexnet googlenet --platform synthetic --frames 100 --rate alexnet=30 --rate googlenet=20 --find-rate
