haxconn model prototxt alexnet
