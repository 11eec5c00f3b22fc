haxconn schedule nowhere.json
