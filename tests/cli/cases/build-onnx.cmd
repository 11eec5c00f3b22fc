haxconn build --onnx inputs/classifier.onnx --start dla --transition 5 --tensorrt 10.3
