haxconn run inputs/classifier.onnx -p inputs/faulty-die.json --store none --contention off --seconds 0 --rounds 1
