haxconn schedule inputs/classifier-problem.json --json s.json >/dev/null && haxconn export onnxruntime inputs/classifier-problem.json s.json inputs/classifier.onnx
