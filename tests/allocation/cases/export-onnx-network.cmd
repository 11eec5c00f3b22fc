haxconn export onnx inputs/classifier.onnx --output whole.onnx
