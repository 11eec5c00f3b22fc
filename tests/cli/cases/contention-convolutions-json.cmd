haxconn contention convolutions --platform synthetic --store none --json - | grep -m 1 -A 6 emc
