haxconn schedule alexnet googlenet --pin alexnet=big --forbid googlenet:0-37=big --join googlenet:50-110 --max-pieces big=2 --platform synthetic --store none --rounds 2 | grep -E ' on '
