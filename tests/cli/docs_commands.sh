#!/bin/sh
# docs_commands.sh TOOL SOURCE SAMPLES
#
# Every `haxconn ...` that README.md and docs/*.md print, in a folder with files of the names that
# they use (SAMPLES: what write_onnx makes). Commands that measure run with --dry-run, which looks
# for all that is wrong with them; the others run as printed. Those with placeholders, and those
# that need what cannot be here, are held against the table of options. The main example of
# docs/workloads.md is run as well.
set -eu
tool=$1 source=$2 samples=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin" "$folder/work" "$folder/samples"
ln -s "$tool" "$folder/bin/haxconn"
PATH=$folder/bin:$PATH HOME=$folder LC_ALL=C.UTF-8 COLUMNS=80
export PATH HOME LC_ALL COLUMNS
"$samples" "$folder/samples"
cd "$folder/work"
inputs=$source/tests/cli/inputs
ln -s "$source/examples" examples
cp "$folder/samples/detector.onnx" yolo.onnx
for name in net a b googlenet resnet101; do cp "$folder/samples/classifier.onnx" $name.onnx; done
cp "$inputs/trtexec.log" run.log

# What the commands of one page find there besides.
prepare() {
    case $1 in
    README.md)
        cp "$inputs/trtexec-dla.json" profile.json
        cp "$inputs/trtexec.log" log.txt
        haxconn profile googlenet --platform xavier-agx -o p.json
        haxconn problem p.json googlenet -o problem.json
        haxconn schedule problem.json --time 1 -o plan.json || [ $? -eq 10 ]
        ;;
    docs/onnx.md) cp "$folder/samples/camera.onnx" a.onnx ;;
    docs/import.md) haxconn profile googlenet --platform xavier-agx -o xavier-googlenet.json ;;
    docs/report.md)
        haxconn run alexnet googlenet --platform synthetic --report run.html -o run.json
        ;;
    docs/jetson.md) haxconn profile googlenet resnet101 --platform xavier-agx -o profile.json ;;
    esac
}

# Commands that cannot run here, each with the reason.
cannot_run() {
    case $1 in
    *[A-Z][A-Z]*.json* | *' '[A-Z][A-Z]* | *' '[A-Z] | *...* | *\[*) echo "a placeholder" ;;
    esac
    case $1 in
    *'jetson run campaign'*) echo "a board" ;;
    *'import auto layer_results.json'*) echo "the published files" ;;
    *'build --onnx googlenet.onnx'*) echo "an exported GoogLeNet" ;;
    *'export onnxruntime'*net.onnx*) echo "an exported GoogLeNet" ;;
    *'--platform gpu'* | *'--platform machine'*)
        haxconn units --platform gpu >/dev/null 2>&1 || echo "a GPU"
        ;;
    *'--platform jetson'* | *'doctor --board'*)
        haxconn units --platform jetson >/dev/null 2>&1 || echo "a Jetson"
        ;;
    *core1=*) [ "$(nproc)" -ge 2 ] || echo "two processors" ;;
    *"schedule problem.json --forbid '*=dla'"*) echo "a problem with a unit dla" ;;
    esac
}

# The commands of a page, one a line: of blocks ("$ " before it or not, "\" at the end joins, what
# stands behind "#" or "|" is left out) and, with "in a sentence: " before it, of words between
# backticks.
commands_of() {
    awk '
        function clean(line, where) {
            sub(/^ *(\$ )?/, "", line); sub(/ +#.*$/, "", line); sub(/ \| .*$/, "", line)
            gsub(/ +/, " ", line)
            if (line ~ /^haxconn( [a-z-]|$)/) print where line
        }
        joined != "" { joined = joined " " $0; if (!sub(/\\$/, "", joined)) { clean(joined, ""); joined = "" } next }
        /^```/ { block = !block; next }
        (block && /^(\$ )?haxconn [a-z]/) || /^    (\$ )?haxconn [a-z]/ {
            if ($0 ~ /^ *haxconn +[0-9.]+ /) next
            line = $0
            if (sub(/\\$/, "", line)) joined = line; else clean(line, "")
            next
        }
        !block {
            text = text " " $0
        }
        END {
            while (match(text, /`haxconn [^`]+`/)) {
                clean(substr(text, RSTART + 1, RLENGTH - 2), "in a sentence: ")
                text = substr(text, RSTART + RLENGTH)
            }
        }' "$source/$1"
}

# Does the command exist, with these options?
check_options() {
    set -f
    # shellcheck disable=SC2086 # its words
    set -- $1
    set +f
    shift
    command=$1
    case $command in -*) haxconn "$command" >/dev/null; return ;; esac
    haxconn help "$command" >help.txt
    for word; do
        case $word in
        --*) grep -q -- "${word%%=*}\\b" help.txt || { echo "no option $word"; return 1; } ;;
        esac
    done
}

run() {
    why=$(cannot_run "$1" | head -n 1)
    if [ -n "$why" ]; then
        how="options only: needs $why"
        check_options "$1"
        return
    fi
    how="as printed"
    line=$1
    set -f
    # shellcheck disable=SC2086 # its words
    set -- $1
    set +f
    case $line in
    *--published* | *'contention fit'* | *examples/problems* | *problem.json*) ;;
    *) if haxconn help "$2" 2>/dev/null | grep -q '^  --dry-run'; then
           how="dry run"
           line="$line --dry-run"
       fi ;;
    esac
    eval "$line"
}

failed=0 count=0
# import.md makes what export.md starts from
pages="README.md docs/import.md"
for page in "$source"/docs/*.md; do
    [ "${page##*/}" = import.md ] || pages="$pages docs/${page##*/}"
done
for page in $pages; do
    prepare "$page" >/dev/null
    commands_of "$page" >"$folder/commands"
    while read -r command; do
        count=$((count + 1)) code=0
        run "${command#in a sentence: }" >"$folder/out" 2>&1 </dev/null || code=$?
        echo "$page: $command ($how)"
        # sentences may name a command without saying what it is to work on
        case $command in
        'in a sentence: '*)
            if grep -q 'operand is missing\|: expected ' "$folder/out"; then code=0; fi ;;
        esac
        # a limit reached, or deadlines that cannot be kept, are answers
        case $code in
        0 | 10 | 20) ;;
        *) failed=1
           echo "  ended with $code:"
           sed 's/^/  /' "$folder/out" ;;
        esac
    done <"$folder/commands"
done
code=0
awk '/^```json/ { inside = 1; next } /^```/ { inside = 0 } inside' "$source/docs/workloads.md" >w.json
haxconn schedule w.json --platform xavier-agx --time 1 >"$folder/out" 2>&1 || code=$?
case $code in
0 | 10 | 20) ;;
*) failed=1
   echo "docs/workloads.md: the main example ended with $code:"
   cat "$folder/out" ;;
esac
if [ "$count" -lt 80 ]; then
    echo "only $count commands were found: is the page's form another one now?"
    failed=1
fi
exit "$failed"
