haxconn stream alexnet googlenet --platform synthetic --frames 5 --rate "*=3" --dry-run
