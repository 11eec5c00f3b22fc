haxconn run alexnet googlenet --platform synthetic --store none --rounds 3 --json - | grep -c "\"name\": \"haxconn\""
