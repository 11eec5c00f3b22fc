haxconn build alexnet --start gpu --transition 4 --board xavier-agx --tensorrt 7.1 --gpu-fallback
