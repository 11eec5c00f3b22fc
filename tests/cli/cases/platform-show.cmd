haxconn platform show xavier-agx
