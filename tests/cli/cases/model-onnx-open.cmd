haxconn model show inputs/shapes.onnx
