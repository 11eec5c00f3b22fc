haxconn schedule inputs/pressure.txt
