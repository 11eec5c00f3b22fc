#!/bin/sh
# build.sh TOOL STAND-IN
#
# `haxconn build --execute` with stand-ins for trtexec and TensorRT's Python module: an engine as asked
# for, and everything that can go wrong, each with its exit code and what the message must say.
set -eu
tool=$1 stand_in=$2
if ! command -v python3 >/dev/null; then
    echo 'skipped: no python3 to stand in for TensorRT with'
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin" "$folder/layers"
ln -s "$tool" "$folder/bin/haxconn"
ln -s "$stand_in/trtexec.sh" "$folder/bin/trtexec"
export PATH="$folder/bin:$PATH" PYTHONPATH="$stand_in" PYTHONDONTWRITEBYTECODE=1
export STAND_IN_LAYERS="$folder/layers"
cd "$folder"
haxconn model prototxt alexnet >alexnet.prototxt
haxconn model show alexnet | awk '$1 ~ /^[0-9]+$/ && $2 ~ /^[A-Z]/ { print $NF, 1, 2 }' \
    >layers/alexnet.layers
failed=0

# expect CODE TEXT OPTION...: the exit code, and what one of the streams says.
expect() {
    code=$1 text=$2
    shift 2
    seen=0
    haxconn build alexnet --board xavier-agx --start gpu --transition 4 --gpu-fallback --execute \
        --output e.plan "$@" >out 2>&1 || seen=$?
    if [ "$seen" != "$code" ] || ! grep -q "$text" out; then
        echo "expected $code, '$text'; seen $seen:" "$@"
        cat out
        failed=1
    fi
}

export STAND_IN_TENSORRT=8.6.2
expect 0 '21 layers run where they should, 17 of them on the DLA' --board orin-agx --tensorrt 8.6
[ -s e.plan ] && [ -s e.plan.log ] && [ -s e.plan.sh ] || failed=1
export STAND_IN_FAIL='e.plan all-gpu'
expect 5 "17 layers run on another unit than asked for\|lists no layers on the DLA" --board orin-agx --tensorrt 8.6
export STAND_IN_FAIL='e.plan fallback'
expect 5 "'conv1' (layer 0), on the GPU instead of the DLA" --board orin-agx --tensorrt 8.6 --start dla \
    --transition -1
export STAND_IN_FAIL='e.plan error'
expect 1 'Could not find any implementation for node conv1.*log is in e.plan.log' --board orin-agx --tensorrt 8.6
export STAND_IN_FAIL='e.plan killed'
expect 1 'exit code 137' --board orin-agx --tensorrt 8.6
export STAND_IN_FAIL='e.plan no-passed'
expect 5 'last line is not' --board orin-agx --tensorrt 8.6
unset STAND_IN_FAIL

# trtexec of another version refuses what it does not know
export STAND_IN_TENSORRT=8.5.2
expect 1 'Unknown option: --layerDeviceTypes' --board orin-agx --tensorrt 8.6
expect 4 'no trtexec here' --board orin-agx --tensorrt 8.6 --trtexec /nowhere/trtexec

for version in 7.1.3 8.0.1 8.4.1 8.5.2; do
    export STAND_IN_TENSORRT=$version
    expect 0 '21 layers run where they should, 16 of them on the DLA' --tensorrt $version
done
export STAND_IN_REFUSED='norm2'
expect 5 "1 layer runs on another unit.*'norm2'" --tensorrt 8.5
unset STAND_IN_REFUSED
expect 1 'written for TensorRT 7.1, and this is 8.5.2' --tensorrt 7.1
export STAND_IN_DLA_CORES=0
expect 1 'this machine has no DLA' --tensorrt 8.5
exit "$failed"
