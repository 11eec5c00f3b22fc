haxconn import auto inputs/tegrastats-orin.txt --json i.json
