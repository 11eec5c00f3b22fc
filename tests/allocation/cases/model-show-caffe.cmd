haxconn model show inputs/tiny.prototxt --grouping fine -o -
