haxconn build alexnet --start gpu --transition 4 --mark 3 --tensorrt 8.6 --precision int8 --calibration-cache a.cache
