haxconn model show googlenet --grouping fine --json m.json
