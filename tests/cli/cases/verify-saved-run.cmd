haxconn run alexnet googlenet --platform synthetic --store none --rounds 3 --save-problem q.json --save-schedule s.json >/dev/null && haxconn verify q.json s.json
