haxconn import trtexec inputs/trtexec-dla.json inputs/trtexec-dla.log --model googlenet --grouping 10,24,38 --rows 4
