haxconn model show inputs/heads.onnx --grouping fine
