#: HAX_EACH_IGNORE=kept
# kept.json has the second in which the store answered
haxconn profile inputs/tiny.prototxt --platform synthetic --store s.db --rounds 2 -o p.json
cp s.db kept.db
haxconn profile inputs/tiny.prototxt --platform synthetic --store kept.db --rounds 2 -o kept.json
