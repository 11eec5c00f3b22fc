haxconn stream alexnet --platform synthetic --grouping 2 --rate alexnet=150 --deadline alexnet=40 --frames 3 --in-flight 2 --find-rate --alone
