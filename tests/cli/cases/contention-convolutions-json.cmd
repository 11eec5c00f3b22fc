haxconn contention convolutions --platform synthetic --store none --json - | sed -n 8,18p
