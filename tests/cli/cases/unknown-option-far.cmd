haxconn run alexnet --xyzzy
