haxconn model show inputs/bad-control.onnx
