haxconn stream alexnet googlenet --platform synthetic --frames 100 --rate alexnet=120 --rate googlenet=80 --grouping 3 --cyclic
