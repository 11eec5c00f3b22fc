# oneDNN and its OpenMP end the process that runs out of memory, or fail without a reason; what is
# measured differs from run to run
#: HAX_EACH_LOOSE=1 HAX_EACH_IGNORE=r.json HAX_EACH_ALSO="worker process of kind|oneDNN cannot"
haxconn run inputs/heads.onnx --platform host --store none --rounds 1 --seconds 0 --contention off --grouping 1 --input image=inputs/image.pb --save-outputs a --json r.json
