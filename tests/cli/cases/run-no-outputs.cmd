haxconn run alexnet --platform synthetic --store none --rounds 1 --save-outputs out >/dev/null
