haxconn build googlenet --start gpu --transition 80 --tensorrt 8.6 >/dev/null
