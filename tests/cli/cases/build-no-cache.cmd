haxconn build alexnet --tensorrt 8.6 --start gpu --transition 4 --precision int8
