haxconn run alexnet --platform synthetic --store none --input data=inputs/tiny.prototxt
