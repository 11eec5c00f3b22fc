haxconn export onnx alexnet --replace --output a.onnx
