haxconn model show inputs/nowhere.prototxt
