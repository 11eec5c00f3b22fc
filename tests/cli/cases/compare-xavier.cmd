haxconn compare alexnet resnet101 --platform xavier-agx --rounds 50
