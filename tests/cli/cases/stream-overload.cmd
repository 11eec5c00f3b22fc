haxconn stream alexnet googlenet --platform synthetic --seconds 2 --rate alexnet=300 --rate googlenet=20 --buffer alexnet=2 --policy alexnet=queue --deadline googlenet=9 --alone
