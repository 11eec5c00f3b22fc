haxconn run alexnet --rounds 2.5
