haxconn profile alexnet resnet50 --platform xavier-agx --json p.json >/dev/null && haxconn problem p.json alexnet resnet50 | haxconn schedule -
