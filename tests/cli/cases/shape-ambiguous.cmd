haxconn run inputs/shapes.onnx googlenet --shape x=1x3x4x4
