haxconn schedule inputs/wait.json --pin A=nowhere
