haxconn contention convolutions --platform synthetic --store none --json -
