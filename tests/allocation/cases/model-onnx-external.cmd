haxconn model show inputs/bad-external.onnx
