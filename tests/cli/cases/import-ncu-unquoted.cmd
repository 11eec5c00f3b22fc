haxconn import auto inputs/ncu-unquoted.txt
