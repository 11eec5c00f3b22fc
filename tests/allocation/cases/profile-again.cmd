#: HAX_EACH_IGNORE=kept.db
haxconn profile inputs/tiny.prototxt --platform synthetic --store s.db --rounds 2 -o p.json
cp s.db kept.db
haxconn profile inputs/tiny.prototxt --platform synthetic --store kept.db --rounds 2 -o q.json
