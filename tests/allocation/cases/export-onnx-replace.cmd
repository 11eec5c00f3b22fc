haxconn schedule inputs/tiny-problem.json --json s.json
haxconn export onnx inputs/tiny-problem.json s.json tiny=inputs/tiny.prototxt small=inputs/tiny.prototxt --output pieces
haxconn export onnx inputs/tiny-problem.json s.json tiny=inputs/tiny.prototxt small=inputs/tiny.prototxt --output pieces --replace
