haxconn platform rounds xavier-agx
