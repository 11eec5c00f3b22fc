haxconn verify problem.json
