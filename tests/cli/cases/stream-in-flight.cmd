haxconn stream alexnet --platform synthetic --seconds 2 --rate alexnet=200 --deadline alexnet=40 --in-flight 2 --alone
