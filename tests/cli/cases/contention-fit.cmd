haxconn contention fit inputs/pressure.txt
