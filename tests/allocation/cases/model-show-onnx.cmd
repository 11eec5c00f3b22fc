haxconn model show inputs/detector.onnx --grouping fine -o m.json
