haxconn jetson plan alexnet --tensorrt 10.3 --output c
