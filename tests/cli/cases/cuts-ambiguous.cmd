haxconn run alexnet googlenet --cuts 10,24
