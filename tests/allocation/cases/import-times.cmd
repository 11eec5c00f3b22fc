haxconn import auto inputs/trtexec.log --rows 3 --json i.json
