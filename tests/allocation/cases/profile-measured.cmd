#: HAX_EACH_LOOSE=1
#: HAX_EACH_IGNORE=s.db
haxconn profile inputs/tiny.prototxt --platform inputs/portable.json --store s.db --rounds 1 --seconds 0 --contention off -o p.json
