haxconn import auto inputs/board/tiny-gpu.json inputs/board/tiny-ncu.csv --model inputs/tiny.prototxt --grouping 2,3,4 --json i.json
