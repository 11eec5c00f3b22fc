haxconn import auto inputs/trtexec.log --rows 3
