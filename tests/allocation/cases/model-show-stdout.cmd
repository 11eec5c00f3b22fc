haxconn model show inputs/heads.onnx --grouping fine --cut-tensors 2 -o -
