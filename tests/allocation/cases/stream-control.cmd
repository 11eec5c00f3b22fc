# what the changes come to is a stream's own: it goes on with its plan and warns; lines written
# before memory ran out stay
#: HAX_EACH_IGNORE=s.json
printf '@9 rate alexnet 50\n@9 slow big 1.5\n' >c.txt
haxconn stream alexnet --platform synthetic --grouping 1 --rate '*=100' --frames 3 --control c.txt --json s.json
