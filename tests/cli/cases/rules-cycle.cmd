haxconn schedule inputs/wait.json --after B=A --after A=B
