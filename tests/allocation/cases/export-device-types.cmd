haxconn schedule inputs/tiny-problem.json --json s.json
haxconn export layer-device-types inputs/tiny-problem.json s.json inputs/tiny.prototxt small=inputs/tiny.prototxt
