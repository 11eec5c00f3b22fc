haxconn stream alexnet googlenet --platform xavier-agx --frames 50 --alone
