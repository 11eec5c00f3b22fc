haxconn schedule --published | grep -v "ms, in\|enumerated in"
