haxconn export onnx inputs/shapes.onnx --output fixed.onnx; haxconn export onnx inputs/shapes.onnx --shape x=1x3x4x4 --output fixed.onnx && haxconn model show fixed.onnx
