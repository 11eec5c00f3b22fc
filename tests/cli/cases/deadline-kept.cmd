haxconn schedule alexnet googlenet --deadline alexnet=12 --deadline googlenet=8 --objective deadline --platform synthetic --store none --rounds 2 | head -3
