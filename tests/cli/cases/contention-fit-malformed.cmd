haxconn contention fit inputs/pressure-bad.txt
