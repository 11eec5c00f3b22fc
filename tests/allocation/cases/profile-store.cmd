#: HAX_EACH_IGNORE=s.db
haxconn profile inputs/tiny.prototxt --platform synthetic --store s.db --rounds 2 -o p.json
