haxconn model show alexnet --grouping blocks -o m.json
