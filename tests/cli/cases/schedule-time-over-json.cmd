haxconn schedule inputs/wait.json --time 1e-9 --sensitivity --robust --json - | sed -n '/"baselines"/,/^  \]/p; /"sensitivity"/,$p'
