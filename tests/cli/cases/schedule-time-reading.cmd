{ sleep 1; cat inputs/wait.json; } | haxconn schedule - --time 0.2 --json - | sed -n '/"baselines"/,/^  \]/p'
