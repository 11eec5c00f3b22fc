haxconn import trtexec-times inputs/trtexec.log
