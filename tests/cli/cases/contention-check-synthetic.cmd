haxconn contention check alexnet googlenet --platform synthetic --store none
