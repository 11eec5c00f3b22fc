haxconn export onnx alexnet
