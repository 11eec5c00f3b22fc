haxconn schedule inputs/no-time.json | sed -n '1,12p'; haxconn compare inputs/no-time.json | head -8; haxconn schedule inputs/no-time.json --objective throughput
