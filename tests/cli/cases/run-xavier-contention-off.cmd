haxconn run googlenet resnet50 --platform xavier-agx --store none --contention off --rounds 5 | sed -n 4,7p
