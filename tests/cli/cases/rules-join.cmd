haxconn schedule inputs/single.json --join net:5-9 | grep -E ' on |verdict'
