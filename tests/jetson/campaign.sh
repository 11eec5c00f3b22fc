#!/bin/sh
# campaign.sh TOOL STAND-IN BOARD VERSION "NETWORK..." [OPTION...]
#
# Plans a campaign, runs it with stand-ins for trtexec, tegrastats and TensorRT's Python module (of
# the version, so that a flag or a name which it does not have fails), stops it in the middle and
# goes on, imports what it collected, and schedules two networks, or one twice, with the profile.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tool=$1 stand_in=$2 board=$3 version=$4 networks=$5
shift 5
if ! command -v python3 >/dev/null; then
    echo 'skipped: no python3 to stand in for TensorRT with'
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin" "$folder/layers"
ln -s "$tool" "$folder/bin/haxconn"
ln -s "$stand_in/trtexec.sh" "$folder/bin/trtexec"
ln -s "$stand_in/tegrastats.sh" "$folder/bin/tegrastats"
export PATH="$folder/bin:$PATH" PYTHONPATH="$stand_in" PYTHONDONTWRITEBYTECODE=1
export STAND_IN_TENSORRT="$version" STAND_IN_LAYERS="$folder/layers"
refused=''
case $board:$networks in
*gap.prototxt) refused=wide ;;  # a window of 10
xavier-agx:*) refused=prob ;;   # Softmax is on the DLA of Orin only
esac
cd "$folder"
case $networks in
half:*) # TensorRT 11 computes in the types of the file
    haxconn export onnx "${networks#half:}" --half --output half.onnx
    networks=$folder/half.onnx
    ;;
esac

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# What the DLA and the GPU take for a layer, from its number: known, so that it can be found again.
for network in $networks; do
    name=$(basename "${network%.*}")
    haxconn model show "$network" | awk '$1 ~ /^[0-9]+$/ && $2 ~ /^[A-Z]/ {
        gpu = 0.05 + ($1 % 3) * 0.01
        print $NF, gpu, 2 * gpu + ($1 % 2) * 0.01
    }' >"layers/$name.layers"
done
export STAND_IN_NETWORK="networks/$name"

# shellcheck disable=SC2086 # several networks
haxconn jetson plan $networks "$@" --board "$board" --tensorrt "$version" --iterations 20 \
    --warm-up 100 --interval 10 --output campaign >plan.txt
shellcheck_it() { ! command -v shellcheck >/dev/null || shellcheck "$@"; }
shellcheck_it campaign/*.sh
engines=$(sed -n 's/^\([0-9]*\) engines.*/\1/p' plan.txt)
[ "$engines" -gt 5 ] || fail "no engines planned"

# One build fails and one process is killed; the campaign says so, keeps what is done, goes on.
stem=$name
code=0
STAND_IN_FAIL="${stem}_gpu_transition error" haxconn jetson run campaign 2>first.txt || code=$?
[ "$code" = 1 ] || fail "a campaign with a failed build ended with $code"
grep -q 'FAILED: the engine was not built' first.txt || fail "the failure is not told"
ls campaign/failed/*transition* >/dev/null || fail "no log of the failure"

# Stopped in the middle, at the first engine that begins on the DLA: nothing half is left.
last=$(sh campaign/campaign.sh --list | awk '{ name = $(NF > 2 && $1 == "to" ? 3 : 2) } name ~ /_dla_/ { print name; exit }')
rm -f campaign/results/*/"$last".log campaign/engines/"$last".*
STAND_IN_FAIL="$last hang" sh campaign/campaign.sh 2>second.txt &
campaign=$!
tries=0
until grep -q "$last: building" second.txt 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "the campaign did not come to the engine that hangs"
    sleep 0.1
done
kill -TERM "$campaign"
code=0
wait "$campaign" || code=$?
[ "$code" = 143 ] || fail "stopped with $code"
[ ! -e campaign/part ] || fail "parts are left behind"
[ ! -e "campaign/results/$name/$last.log" ] || fail "an engine that hung was measured"

haxconn jetson run campaign 2>third.txt
grep -q "all is done" third.txt || fail "not all is done"
before=$(cksum campaign/results/*/*)
haxconn jetson run campaign 2>fourth.txt
grep -q ": 0 to build, 0 to measure" fourth.txt || fail "done engines are done again"
[ "$(cksum campaign/results/*/*)" = "$before" ] || fail "results were changed"
[ "$(find campaign/results -name '*.json' ! -name '*.times.json' ! -name '*.layers.json' | wc -l)" = "$engines" ] ||
    fail "not every engine has a profile"
# a stand-in's measurement may be over before tegrastats has said anything
[ "$(find campaign/results -name '*.tegrastats' | wc -l)" -gt 0 ] || fail "tegrastats is missing"

sh campaign/import.sh >import.txt
cd campaign
for file in dla_compute_times transition_results layer_results; do
    [ -s "$name/$file.json" ] || fail "no $file.json"
done
! grep -q '"layer_diff": -' ./*/dla_compute_times.json || fail "a negative time"
for layers in ../layers/*.layers; do
    python3 "$here/check_profile.py" profile.json "$layers" "$refused" "$version"
done
model=$(sed -n 's/.*haxconn problem profile.json //p' ../import.txt)
[ "${model% *}" != "$model" ] || model="$model $model"
# shellcheck disable=SC2086 # two networks
haxconn problem profile.json $model --json problem.json
haxconn schedule problem.json >schedule.txt
grep -q '^latency' schedule.txt || fail "no schedule"
rm -f ../*.txt
