haxconn schedule inputs/single.json --pin '*:#0=dla' --pin '*:7=gpu' | grep ' on '
