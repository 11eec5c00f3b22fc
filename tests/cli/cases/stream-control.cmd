haxconn stream alexnet googlenet --platform synthetic --seconds 5 --rate alexnet=60 --standby googlenet --control examples/workloads/changes.txt
