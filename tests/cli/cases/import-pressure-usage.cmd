haxconn import auto inputs/board/tiny-gpu.json --model inputs/tiny.prototxt --grouping 2, --platform inputs/gpu-dla.json --pressure inputs/pressure.txt --profile p.json
