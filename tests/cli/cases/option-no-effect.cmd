while read -r line; do haxconn $line >/dev/null || echo "$?: $line" >&2; done <<'LINES'
run alexnet googlenet --deadline alexnet=5
run alexnet --weight alexnet=2 --objective deadline
compare alexnet googlenet --deadline alexnet=5
compare examples/problems/published.json --rounds 3
compare examples/problems/published.json --deadline A=5
schedule alexnet googlenet --deadline alexnet=5
schedule examples/problems/waiting.json --deadline A=5
schedule examples/problems/waiting.json --platform host
schedule examples/problems/waiting.json --spread 3
schedule examples/problems/waiting.json --solver z3 --nodes 3
schedule --published --time 3
schedule --published inputs/single.json inputs/single.json
model list --cuts 10
model prototxt alexnet --json -
contention measure --error-limit 3
contention check alexnet --traffic copy
contention press big=3 --rounds 3
contention convolutions --svg x.svg
contention fit inputs/pressure.txt --platform host
contention fit inputs/pressure.txt --fresh
import trtexec-log inputs/trtexec.log --add
import trtexec-log inputs/trtexec.log --grouping 3
import trtexec-log inputs/trtexec.log --platform host
import trtexec-log inputs/trtexec.log --warm-up 3
import trtexec-log inputs/trtexec.log --board orin-agx
export csv inputs/wait.json x --board orin-agx
jetson boards --tensorrt 8.5
jetson rules googlenet --iterations 3
jetson run campaign --execute
jetson plan googlenet --output x --json y
run alexnet --cuts 8 --grouping 3
run alexnet --cuts 5 --cuts 9
run alexnet --cuts alexnet:5 --cuts alexnet:9
LINES
