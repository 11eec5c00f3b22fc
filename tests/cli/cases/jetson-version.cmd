haxconn jetson rules alexnet --board xavier-nx --tensorrt 10.3
