haxconn schedule inputs/wait.json --after B=A | grep -E 'ends at'
