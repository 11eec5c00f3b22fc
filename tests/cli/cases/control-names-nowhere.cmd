e=$(printf '\033[31m\n\302\233\342\200\256x'); cp inputs/control-names.json "$e.json"; sed 's/"conv1"/"c\\033\\302\\233\\342\\200\\256"/g; s/"tiny"/"t\\033\\n\\342\\200\\256"/' inputs/tiny.prototxt >"$e.prototxt"; printf '{"schema":"haxconn/workload","version":1,"instances":[{"name":"\\u001b\\n\\u202e","network":"tiny.prototxt"}]}' >w.json; cp "$e.prototxt" tiny.prototxt; sed 's/"name" : "/&\\u001b\\u202e/' inputs/board/tiny-gpu.json >"$e.profile"
while read -r line; do eval "haxconn $line" >out 2>err; echo "$? $(cat out err | LC_ALL=C tr -d '\n\040-\176' | grep -c '[^│░▓▒█▸◂·├─┬┤�]') $line"; done <<'LINES'
schedule "$e.json"
compare "$e.json"
schedule "$e.json" --sensitivity --robust
schedule "$e.json" -o s.json && haxconn verify "$e.json" s.json
schedule "$e"
schedule x --platform "$e"
"$e"
run --"$e"
run alexnet --objective "$e"
run alexnet --rounds "$e"
run alexnet --pin "$e"
model show "$e.prototxt"
run "$e.prototxt" --platform synthetic --store none --rounds 1
profile "$e.prototxt" --platform synthetic --store none --rounds 1 -o "$e.out"
problem "$e.out" "$e"
run w.json --platform synthetic --store none --rounds 1
compare w.json --platform synthetic --store none --rounds 1
schedule w.json --platform synthetic --store none --rounds 1
import trtexec-profile "$e.profile"
import trtexec-profile "$e.profile" --model tiny.prototxt
import "$e" x
export "$e" x y
jetson rules "$e.prototxt" --board xavier-agx --tensorrt 8.5
jetson plan "$e.prototxt" --board xavier-agx --tensorrt 8.5 --output "$e.d"
jetson run "$e"
build "$e.prototxt" --board xavier-agx --tensorrt 8.5 --output-script "$e.sh"
units -o "$e/x"
run alexnet --input "$e=x"
contention fit "$e"
contention press "$e=3" --platform synthetic --store none
LINES
