haxconn contention measure-all
