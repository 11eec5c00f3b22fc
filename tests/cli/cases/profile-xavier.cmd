haxconn profile googlenet resnet18 --platform xavier-agx --store none
