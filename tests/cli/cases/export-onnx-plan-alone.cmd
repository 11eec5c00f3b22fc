haxconn export onnx plan.json --output pieces
