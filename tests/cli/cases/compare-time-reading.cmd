{ sleep 0.3; cat inputs/wait.json; } | haxconn compare - --time 0.2
