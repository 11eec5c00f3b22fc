haxconn schedule inputs/tiny-problem.json --json s.json >/dev/null && haxconn export onnxruntime inputs/tiny-problem.json s.json inputs/tiny.prototxt --instance tiny
