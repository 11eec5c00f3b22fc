haxconn run alexnet googlenet --cuts resnet50:10,24
