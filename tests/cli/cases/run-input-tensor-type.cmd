haxconn run inputs/heads.onnx --platform inputs/portable.json --store none --rounds 1 --seconds 0 --contention off --input gain=inputs/complex.pb
