haxconn model show alexnet -o -
