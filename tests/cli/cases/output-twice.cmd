haxconn run alexnet --json - --save-schedule -
