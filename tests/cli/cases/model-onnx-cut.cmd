head -c 300 inputs/classifier.onnx >cut.onnx; haxconn model show cut.onnx
