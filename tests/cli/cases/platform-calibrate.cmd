haxconn platform calibrate xavier-agx
