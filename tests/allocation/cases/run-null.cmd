# what is measured differs from run to run
#: HAX_EACH_LOOSE=1 HAX_EACH_IGNORE=r.json
haxconn run inputs/tiny.prototxt --platform null --store none --rounds 1 --seconds 0 --contention off --grouping 1 --json r.json
