haxconn import auto inputs/trtexec-truncated.json
