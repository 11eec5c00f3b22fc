haxconn import tegrastats inputs/tegrastats-orin.txt --board nano
