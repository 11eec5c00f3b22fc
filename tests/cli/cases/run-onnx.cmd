haxconn run inputs/classifier.onnx googlenet --platform synthetic --store none --seconds 0 --rounds 2
