haxconn model list
