while read -r line; do haxconn $line >/dev/null 2>&1 </dev/null; echo "$? $line"; done <<'LINES'
nothing
run
run alexnet --nothing
run alexnet --objective nothing
model nothing
export nothing x y
import nothing inputs/trtexec.log
run nothing
units --platform nothing
jetson rules googlenet --board nothing
import auto inputs/trtexec.log --board nothing
run alexnet --pin alexnet=nothing --platform synthetic --store none
run alexnet --after alexnet=nothing --platform synthetic --store none
run alexnet --cuts nothing:3 --platform synthetic --store none
contention press nothing=3 --platform synthetic --store none
schedule nothing.json
LINES
