haxconn model show alexnet --grouping blocks
