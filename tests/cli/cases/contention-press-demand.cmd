haxconn contention press big=much --platform synthetic --store none
