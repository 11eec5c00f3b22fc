haxconn stream alexnet googlenet --platform synthetic --grouping 2 --rate alexnet=120 --rate googlenet=60 --frames 3 --cyclic --alone
