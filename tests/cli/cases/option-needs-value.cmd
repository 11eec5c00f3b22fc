haxconn run alexnet googlenet --seconds
