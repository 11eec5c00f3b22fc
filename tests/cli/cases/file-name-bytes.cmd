f=$(printf 't\377.onnx'); cp inputs/heads.onnx "$f" && haxconn model show "$f" --json m.json >shown && head -n 1 shown && grep -o '"name":"t[^"]*"\|"name": "t[^"]*"' m.json | head -n 1
