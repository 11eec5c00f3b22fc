haxconn run alexnet --rounds 0
