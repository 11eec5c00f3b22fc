haxconn run inputs/workload-bad.json --platform synthetic --store none
