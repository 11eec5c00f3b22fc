haxconn schedule inputs/single.json --objective sum --weight net=2 --max-transitions 0 | head -1
