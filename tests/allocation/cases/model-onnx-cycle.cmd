haxconn model show inputs/bad-cycle.onnx
