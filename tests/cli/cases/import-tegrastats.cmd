haxconn import auto inputs/tegrastats-orin.txt --board orin-agx
