haxconn jetson plan inputs/tiny.prototxt -g 1 --board xavier-agx --tensorrt 8.5 --output c
