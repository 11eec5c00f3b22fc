haxconn stream alexnet --platform synthetic --seconds 2 --in-flight 2 --objective throughput
