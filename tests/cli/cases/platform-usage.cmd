haxconn platform plan xavier-agx
