haxconn schedule inception resnet152 --platform xavier-agx --time 0
