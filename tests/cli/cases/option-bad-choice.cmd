haxconn run alexnet --objective fastest
