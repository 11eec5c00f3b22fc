haxconn import trtexec inputs/trtexec-dla.json --rows 4
