haxconn stream alexnet googlenet resnet18 --platform synthetic --frames 5 --after resnet18=alexnet,googlenet
