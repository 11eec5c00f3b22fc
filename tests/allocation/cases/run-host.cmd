# oneDNN and its OpenMP end the process that runs out of memory, or fail without a reason; what is
# measured differs from run to run, and so do the last digits of outputs, as convolutions are chosen by
# their times (run-workers has outputs that do not)
#: HAX_EACH_LOOSE=1 HAX_EACH_IGNORE=r HAX_EACH_ALSO="worker process of kind|oneDNN cannot"
haxconn run inputs/heads.onnx --platform host --store none --rounds 1 --seconds 0 --contention off --grouping 1 --input image=inputs/image.pb --save-outputs r --json r.json
