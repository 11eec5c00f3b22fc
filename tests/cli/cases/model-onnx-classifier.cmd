haxconn model show inputs/classifier.onnx --grouping fine
