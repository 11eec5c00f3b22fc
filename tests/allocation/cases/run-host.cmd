# oneDNN and its OpenMP end the process that runs out of memory
#: HAX_EACH_LOOSE=1 HAX_EACH_ALSO="worker process of kind"
haxconn run inputs/heads.onnx --platform host --store none --rounds 1 --seconds 0 --contention off --input image=inputs/image.pb --save-outputs a --json r.json
