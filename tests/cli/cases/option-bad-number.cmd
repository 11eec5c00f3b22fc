haxconn run alexnet --rounds=many
