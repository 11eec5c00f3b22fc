# what is measured differs from run to run
#: HAX_EACH_LOOSE=1 HAX_EACH_IGNORE=s.json
haxconn stream inputs/tiny.prototxt --platform null --store none --rounds 1 --profile-seconds 0 --contention off --grouping 1 --rate '*=100' --frames 3 --find-rate --json s.json
