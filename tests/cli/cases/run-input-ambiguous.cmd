haxconn run alexnet googlenet --platform synthetic --store none --input data=inputs/ramp.npy
