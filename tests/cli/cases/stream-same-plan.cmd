haxconn stream alexnet googlenet --platform xavier-agx --frames 50 --rate "*=100" --find-rate
