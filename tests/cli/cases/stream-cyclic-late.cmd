haxconn stream alexnet googlenet --platform synthetic --frames 10 --rate alexnet=160 --rate googlenet=160 --grouping 3 --cyclic --alone
