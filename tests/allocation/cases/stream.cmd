# lines written before memory ran out stay
#: HAX_EACH_IGNORE=s.json
haxconn stream examples/workloads/cameras.json --platform synthetic --frames 3 --json s.json
