haxconn schedule alexnet googlenet --deadline alexnet=5 --deadline googlenet=6 --objective deadline --platform synthetic --store none --rounds 2 >/dev/null
