printf '@0.2 slow big 2\n' | haxconn stream alexnet googlenet --platform synthetic --seconds 0.5 --control - --json - | grep stream-plan
