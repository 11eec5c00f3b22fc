haxconn model list --json - | grep -c gmac
