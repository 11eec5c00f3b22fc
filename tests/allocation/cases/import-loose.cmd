sed "s/, \"percentage/,, \"percentage/" inputs/board/tiny-gpu.json >loose.json
haxconn import trtexec loose.json
