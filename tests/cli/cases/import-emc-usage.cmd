haxconn import auto inputs/board/tiny-gpu.json --emc-gpu inputs/board/emc-gpu.txt
