#!/bin/sh
# trtexec.sh [--version-as=V] FLAG...
#
# Stands in for trtexec of a version (or STAND_IN_TENSORRT): knows the flags that the version had
# and refuses others as it did, prints logs and writes profiles and times in its formats. An engine
# is a text that says which layer runs where. Networks are told by $STAND_IN_LAYERS/NET.layers, one
# "NAME GPU_MS DLA_MS" a line. STAND_IN_FAIL="PATTERN MODE": what to do where an argument matches:
# error, killed, hang, no-passed, all-gpu, fallback.
set -u
here=$(dirname "$(readlink -f "$0")")
version=${STAND_IN_TENSORRT:-8.6.2}
case ${1:-} in
--version-as=*)
    version=${1#*=}
    shift
    ;;
esac
number=$(echo "$version" | awk -F. '{ print $1 * 10000 + $2 * 100 + $3 }')
if [ "$number" -lt 80000 ]; then
    banner='TensorRT.trtexec'
elif [ "$number" -lt 100000 ]; then
    banner="TensorRT.trtexec [TensorRT v$((number / 10000))$(printf %03d $((number % 10000)))]"
else
    banner="TensorRT.trtexec [TensorRT v$number]"
fi
command="trtexec $*"

line() {
    printf '[11/28/2026-12:00:00] [%s] %s\n' "$1" "$2"
}

# The first and last version that know a flag.
range() {
    case $1 in
    --onnx | --saveEngine | --loadEngine | --useDLACore | --allowGPUFallback | \
        --inputIOFormats | --outputIOFormats | --iterations | --duration | --warmUp | --avgRuns | \
        --percentile | --useSpinWait | --useCudaGraph | --threads | --exportTimes | \
        --exportProfile | --dumpProfile | --shapes | --plugins | --verbose | --help)
        echo '70000 999999' ;;
    --fp16 | --int8 | --calib) echo '70000 109999' ;;
    --deploy | --model | --output | --batch | --maxBatch) echo '70000 89999' ;;
    --workspace | --buildOnly | --explicitBatch | --minTiming | --nvtxMode) echo '70000 99999' ;;
    --best) echo '70100 101699' ;;
    --noDataTransfers | --separateProfileRun | --tacticSources | --refit) echo '70200 999999' ;;
    --timingCacheFile) echo '80000 999999' ;;
    --precisionConstraints) echo '80200 109999' ;;
    --layerPrecisions | --layerOutputTypes) echo '80400 109999' ;;
    --bf16) echo '100000 109999' ;;
    --exportLayerInfo | --dumpLayerInfo | --profilingVerbosity | --directIO)
        echo '80200 999999' ;;
    --memPoolSize) echo '80400 999999' ;;
    --skipInference | --layerDeviceTypes | --buildDLAStandalone | --builderOptimizationLevel | \
        --infStreams | --maxAuxStreams) echo '80600 999999' ;;
    --stronglyTyped | --noCompilationCache | --getPlanVersionOnly) echo '100000 999999' ;;
    *) echo '1 0' ;;
    esac
}

echo "&&&& RUNNING $banner # $command"
onnx='' deploy='' save='' load='' spec='' dla='' times='' profile='' layers='' skip='' apart=''
iterations=10 outputs='' warmup=200
for argument in "$@"; do
    flag=${argument%%=*} value=${argument#*=}
    # shellcheck disable=SC2046 # two words
    set -- $(range "$flag")
    if [ "$number" -lt "$1" ] || [ "$number" -gt "$2" ]; then
        line E "Unknown option: $argument" >&2
        echo "&&&& FAILED $banner # $command"
        exit 1
    fi
    case $flag in
    --help)
        echo '=== Model Options ==='
        exit 0
        ;;
    --onnx) onnx=$value ;;
    --deploy) deploy=$value ;;
    --output) outputs=$value ;;
    --saveEngine) save=$value ;;
    --loadEngine) load=$value ;;
    --layerDeviceTypes) spec=$value ;;
    --useDLACore) dla=$value ;;
    --exportTimes) times=$value ;;
    --exportProfile) profile=$value ;;
    --exportLayerInfo) layers=$value ;;
    --iterations) iterations=$value ;;
    --warmUp) warmup=$value ;;
    --skipInference) skip=1 ;;
    --separateProfileRun) apart=1 ;;
    esac
done

failing=''
if [ -n "${STAND_IN_FAIL:-}" ]; then
    case $command in *${STAND_IN_FAIL% *}*) failing=${STAND_IN_FAIL##* } ;; esac
fi
case $failing in
error)
    line E 'Error[10]: Could not find any implementation for node conv1.' >&2
    echo "&&&& FAILED $banner # $command"
    exit 1
    ;;
killed) kill -9 $$ ;;
hang) exec sleep 60 ;;
esac

# ---- building ---------------------------------------------------------------------------------

if [ -n "$save" ]; then
    network=$onnx$deploy
    if [ ! -f "$network" ]; then
        line E "Could not open file $network" >&2
        echo "&&&& FAILED $banner # $command"
        exit 1
    fi
    known=$(basename "${network%.*}")
    awk -v spec="$spec" -v dla="$dla" -v outputs="$outputs" -v failing="$failing" -f "$here/place.awk" \
        "$STAND_IN_LAYERS/$known.layers" >"$save"
    if [ "$failing" = fallback ]; then
        line W "[TRT] Layer 'conv1' (CONVOLUTION): Unsupported on DLA. Switching this layer's device type to GPU."
    fi
    awk -v number="$number" -v kind=placement -f "$here/entries.awk" "$save" |
        while read -r text; do line I "[TRT] $text"; done
fi

# What goes to a file: kind, file ("": none).
write() {
    if [ -n "$2" ]; then
        awk -v number="$number" -v kind="$1" -v iterations="$iterations" -v slower="$slower" \
            -v apart="$apart" -f "$here/entries.awk" "$plan" >"$2"
    fi
}

# ---- measuring --------------------------------------------------------------------------------

plan=$load$save
if [ -n "$load" ] && ! head -n 1 "$load" 2>/dev/null | grep -q '^stand-in engine'; then
    line E "Error opening engine file: $load" >&2
    echo "&&&& FAILED $banner # $command"
    exit 1
fi
if [ -z "$skip" ]; then
    slower=1
    if [ -n "$profile" ] && [ -z "$apart" ]; then slower=1.1; fi
    awk -v number="$number" -v kind=log -v iterations="$iterations" -v warmup="$warmup" \
        -v slower="$slower" -f "$here/entries.awk" "$plan" |
        while read -r text; do line I "$text"; done
    write profile "$profile"
    write times "$times"
    write layers "$layers"
fi
if [ "$failing" != no-passed ]; then
    echo "&&&& PASSED $banner # $command"
fi
