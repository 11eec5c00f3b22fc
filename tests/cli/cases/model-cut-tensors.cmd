haxconn model show alexnet --cut-tensors 17
