haxconn run alexnet --platform inputs/portable.json --store none --rounds 1 --input alexnet:data=inputs/ramp.npy
