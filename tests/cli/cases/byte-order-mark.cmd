printf '\357\273\277' | cat - inputs/wait.json | haxconn schedule - | head -1; printf '\377\376{' | haxconn schedule -
