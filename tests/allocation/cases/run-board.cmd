haxconn run alexnet resnet18 --platform xavier-agx --store none --rounds 3 --grouping 3 --json r.json
