haxconn import auto inputs/tiny.prototxt
