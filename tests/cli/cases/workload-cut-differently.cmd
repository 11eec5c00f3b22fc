haxconn run inputs/workload-cuts.json --platform synthetic --store none
