s/"haxconn [0-9.]+"/"haxconn V"/
