haxconn export onnx inputs/classifier.onnx --output whole.onnx --file-mb 0.001 && ls && haxconn model show whole.onnx
