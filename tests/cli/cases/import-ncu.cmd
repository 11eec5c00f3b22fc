haxconn import auto inputs/ncu-orin.csv
