haxconn contention measure --platform synthetic --store none
