haxconn import auto inputs/trtexec-dla.log --model googlenet
