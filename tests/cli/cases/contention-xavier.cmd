haxconn contention measure --platform xavier-agx
