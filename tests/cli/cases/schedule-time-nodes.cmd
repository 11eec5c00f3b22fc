a=$(haxconn compare inputs/wait.json) && b=$(haxconn compare inputs/wait.json --time 1000000) && test "$a" = "$b" && haxconn schedule inputs/wait.json --nodes 1 --time 1000000 | grep -E '^  [a-z]'
