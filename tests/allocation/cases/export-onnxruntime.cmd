haxconn schedule inputs/classifier-problem.json --json s.json
haxconn export onnxruntime inputs/classifier-problem.json s.json inputs/classifier.onnx
