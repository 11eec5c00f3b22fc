haxconn run alexnet --fresh=yes
