haxconn jetson plan googlenet alexnet --cuts googlenet:10,24,38,53,67,81,95,110,124 --board xavier-agx --tensorrt 8.5 --output c && ls c c/networks && cat c/import.sh
