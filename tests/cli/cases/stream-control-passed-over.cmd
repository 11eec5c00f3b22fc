printf 'add alexnet\n@0.1 remove googlenet\nremove alexnet\nrate googlenet 5\n' | haxconn stream alexnet googlenet --platform synthetic --seconds 0.2 --rate '*=20' --control -
