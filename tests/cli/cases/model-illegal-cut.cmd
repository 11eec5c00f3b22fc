haxconn model show googlenet --cuts 10,12
