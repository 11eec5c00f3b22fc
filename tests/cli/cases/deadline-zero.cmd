haxconn schedule inputs/deadline-zero.json | head -8 | grep -v search; haxconn schedule inputs/deadline-zero.json --nodes 1 | head -2
