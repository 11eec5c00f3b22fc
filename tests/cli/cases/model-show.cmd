haxconn model show alexnet
