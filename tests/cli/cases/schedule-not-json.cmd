haxconn schedule inputs/malformed.prototxt
