haxconn import tensorboard inputs/trtexec.log
