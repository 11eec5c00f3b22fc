haxconn contention press big=5 gpu=3 --platform synthetic --store none
