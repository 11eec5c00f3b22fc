haxconn units -p inputs/faulty-wrong.json
