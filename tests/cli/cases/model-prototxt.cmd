haxconn model prototxt alexnet | tail -3
