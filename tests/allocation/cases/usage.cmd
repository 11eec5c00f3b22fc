haxconn run alexnet --platfrom emulated
