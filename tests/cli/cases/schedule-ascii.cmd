LC_ALL=C haxconn schedule inputs/wait.json
