haxconn stream examples/workloads/cameras.json --platform synthetic --seconds 5 --alone
