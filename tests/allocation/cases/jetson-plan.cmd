haxconn jetson plan alexnet -g 2 --board xavier-agx --tensorrt 8.5 --output c
