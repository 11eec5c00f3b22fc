haxconn run alexnet --platform synthetic --store none --rounds 1 --input alexnet:image=inputs/ramp.npy
