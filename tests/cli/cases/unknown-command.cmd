haxconn shedule x.json
