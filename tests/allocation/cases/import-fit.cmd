haxconn import auto inputs/dla_compute_times.json --fit --json i.json
