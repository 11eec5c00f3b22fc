haxconn model list --json /dev/full
