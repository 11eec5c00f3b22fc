haxconn run alexnet googlenet --deadline alexnet=9 --deadline googlenet=5 --objective deadline --platform synthetic --store none --rounds 2
