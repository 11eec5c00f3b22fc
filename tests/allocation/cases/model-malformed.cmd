haxconn model show inputs/malformed.prototxt
