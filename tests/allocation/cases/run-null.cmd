#: HAX_EACH_LOOSE=1
haxconn run inputs/tiny.prototxt --platform null --store none --rounds 1 --seconds 0 --contention off --grouping 1 --json r.json
