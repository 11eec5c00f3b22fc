haxconn import trtexec inputs/trtexec-dla.json --rows 4 --json i.json
