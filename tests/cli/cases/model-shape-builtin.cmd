haxconn model show googlenet --shape x=1x3x4x4
