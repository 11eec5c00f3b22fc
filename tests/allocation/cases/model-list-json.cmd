haxconn model list --json l.json
