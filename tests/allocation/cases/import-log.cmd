haxconn import trtexec-log inputs/trtexec-dla.log --json -
