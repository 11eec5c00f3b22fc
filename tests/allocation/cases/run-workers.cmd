#: HAX_EACH_LOOSE=1
haxconn run inputs/tiny.prototxt --platform inputs/portable.json --store none --rounds 1 --seconds 0 --contention off --seed 1 --input data=inputs/ramp.npy --save-outputs a --json r.json
