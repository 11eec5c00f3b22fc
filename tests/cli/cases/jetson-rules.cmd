haxconn jetson rules alexnet --board xavier-agx --tensorrt 7.1.3
