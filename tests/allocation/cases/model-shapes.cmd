haxconn model show inputs/shapes.onnx --shape x=1x3x4x4 -o -
