haxconn run alexnet --platform synthetic --store none --rounds 1 --input alexnet:data=inputs/ramp.npy
