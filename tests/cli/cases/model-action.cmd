haxconn model draw alexnet
