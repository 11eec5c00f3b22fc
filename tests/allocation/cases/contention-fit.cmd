haxconn contention fit inputs/pressure.txt --json f.json --svg f.svg
