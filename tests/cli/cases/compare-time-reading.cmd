{ sleep 1; cat inputs/wait.json; } | haxconn compare - --time 0.2
