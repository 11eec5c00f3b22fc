# what is measured differs from run to run
#: HAX_EACH_LOOSE=1 HAX_EACH_IGNORE=r.json
haxconn run inputs/tiny.prototxt --platform inputs/portable.json --store none --rounds 1 --seconds 0 --contention off --seed 1 --input data=inputs/ramp.npy --save-outputs a --json r.json
