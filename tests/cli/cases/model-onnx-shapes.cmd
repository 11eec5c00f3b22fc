haxconn model show inputs/shapes.onnx --shape inputs/shapes.onnx:x=1x3x4x4
