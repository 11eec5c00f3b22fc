haxconn schedule inputs/control-names.json | grep -v '^search'; haxconn schedule inputs/control-names.json --pin "$(printf '\033[0m')=u"
