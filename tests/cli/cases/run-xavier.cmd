haxconn run googlenet resnet101 --platform xavier-agx --store none
