haxconn build --onnx inputs/classifier.onnx --start gpu --transition 3 --mark 4 --output "my engine" | sed -n 1,5p
