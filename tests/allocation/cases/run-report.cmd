haxconn run alexnet googlenet --platform synthetic --store none --rounds 2 --grouping 3 --report r.html --trace t.json
