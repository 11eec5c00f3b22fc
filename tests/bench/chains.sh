#!/bin/sh
# chains.sh TOOL WRITE_CHAINS SCRIPTS
#
# The problems of the benchmarks as documents: the tool takes them, the same seed gives the same
# problem and another seed another one, wrong arguments are refused. And the times that the
# comparison with CP-SAT gives to an order are those of the evaluator.
set -eu
tool=$1 write_chains=$2 scripts=$3 here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
    echo "$1"
    exit 1
}

# refused EXIT TEXT ARGUMENT...
refused() {
    code=$1 text=$2 seen=0
    shift 2
    "$write_chains" "$@" >out 2>&1 || seen=$?
    [ "$seen" = "$code" ] || fail "write_chains $*: exit code $seen, not $code"
    grep -qF "$text" out || fail "write_chains $*: does not say '$text' but: $(cat out)"
}
refused 2 "usage: write_chains FOLDER SEEDS SHAPE..." once
refused 2 "'0' is no number of seeds" once 0 2x3x2
refused 2 "'2x3' is no shape" once 1 2x3
refused 2 "'2x3x2-calm' is no shape" once 1 2x3x2-calm
refused 3 "at most 64 x 100000 x 16" once 1 2x3x17
refused 3 "at most 64 x 100000 x 16" once 1 0x3x2

shapes="2x4x2 3x4x3 2x4x2-heavy 3x3x2-xavier"
# shellcheck disable=SC2086 # a list of words
"$write_chains" once 2 $shapes
# shellcheck disable=SC2086
"$write_chains" again 2 $shapes
diff -r once again || fail "the same seeds gave other problems"
for shape in $shapes; do
    [ -f "once/$shape-1.json" ] || fail "$shape-1.json was not written"
    ! cmp -s "once/$shape-0.json" "once/$shape-1.json" || fail "two seeds gave the same $shape"
done

# solved PROBLEM SCHEDULE
solved() {
    "$tool" schedule "$1" --time 0 --json "$2" >/dev/null || fail "$1 was not solved"
    "$tool" verify "$1" "$2" >/dev/null || fail "the schedule of $1 does not hold"
}
for problem in once/*.json; do
    solved "$problem" "${problem%.json}.plan"
done

if ! command -v python3 >/dev/null; then
    echo "skipped: no python3 to retime orders with; the rest was tried"
    exit 77
fi
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$scripts"
for problem in once/2x4x2-[01].json once/3x4x3-[01].json; do
    python3 "$here/retime.py" "$problem" "${problem%.json}.plan" retimed.json
    "$tool" verify "$problem" retimed.json >/dev/null || fail "$problem: wrong times"
done
