#!/bin/sh
# stream_frames.sh TOOL [FRAMES]
#
# Streams FRAMES frames (default 1000000) of each of two small networks on units that compute nothing,
# and a tenth as many on plain loops, back to back and at a rate. Every frame is released and ends
# once, results are those of a single unit, releases do not drift, and neither the tool nor its
# workers grow: their resident memory at the end is within 2 MiB of that after a twentieth of the way.
# Takes minutes; tests/stream runs it with few frames.
set -eu
tool=$1 frames=${2-1000000}
folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$folder"' EXIT
cat >"$folder/net.prototxt" <<'NET'
name: "net" input: "data" input_dim: 1 input_dim: 4 input_dim: 8 input_dim: 8
layer { name: "a" type: "Convolution" bottom: "data" top: "a"
  convolution_param { num_output: 8 kernel_size: 1 } }
layer { name: "b" type: "Pooling" bottom: "a" top: "b"
  pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
layer { name: "c" type: "Convolution" bottom: "b" top: "c"
  convolution_param { num_output: 4 kernel_size: 1 } }
NET
cpu=$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)
cat >"$folder/loops.json" <<PLATFORM
{ "schema": "haxconn/platform", "version": 1, "name": "loops", "resources": ["r0", "r1"],
  "kinds": [ { "name": "loops", "driver": "portable" }, { "name": "others", "driver": "portable" } ],
  "units": [ { "name": "u0", "kind": "loops", "uses": ["r0"], "cpus": [$cpu] },
             { "name": "u1", "kind": "others", "uses": ["r1"], "cpus": [$cpu] } ] }
PLATFORM

# Resident memory of the tool and its workers, in kB.
resident() {
    total=0
    for one in "$pid" $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do
        own=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$one/status" 2>/dev/null) || own=
        total=$((total + ${own:-0}))
    done
    echo "$total"
}

released() {
    sed -n '$s/.*"released":\([0-9]*\),"ended".*/\1/p' "$folder/lines" 2>/dev/null || true
}

# stream NAME FRAMES OPTION...: runs it, and looks how memory goes on.
stream() {
    name=$1 count=$2
    shift 2
    rm -f "$folder/lines"
    "$tool" stream "$folder/net.prototxt" "$folder/net.prototxt" --grouping 1,2 --contention off \
        --rounds 1 --profile-seconds 0 --store none --time 2 --alone --frames "$count" \
        --json "$folder/lines" "$@" >"$folder/out" 2>"$folder/err" &
    pid=$!
    first=0 last=0
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        done=$(released)
        now=$(resident)
        [ "${done:-0}" -ge $((count / 20)) ] && [ "$now" -gt 0 ] || continue
        [ "$first" -gt 0 ] || first=$now
        last=$now
    done
    code=0
    wait "$pid" || code=$?
    pid=
    [ "$code" -eq 0 ] || { cat "$folder/err"; exit "$code"; }
    whole=$(grep -c "\"final\":true" "$folder/lines")
    ended=$(tail -n 1 "$folder/lines" | grep -o "\"released\":$count,\"ended\":[0-9]*,\"missed\":[0-9]*,\"dropped\":[0-9]*,\"unfinished\":0" | wc -l)
    [ "$whole" -eq 1 ] && [ "$ended" -eq 2 ] || { echo "$name: not every frame has come to an end"; tail -n 1 "$folder/lines"; exit 1; }
    [ "$first" -gt 0 ] || echo "$name: over too soon to see how memory goes on"
    if [ $((last - first)) -gt 2048 ]; then
        echo "$name: resident memory has grown from $first to $last kB"
        exit 1
    fi
    echo "$name: $count frames of each network, resident $first to $last kB"
    sed -n '/^haxconn /p; /^  *net-2/p; /compared/p' "$folder/out"
}

stream "null, back to back" "$frames" --platform null
stream "null, at a rate" $((frames / 10)) --platform null --rate '*=5000' --buffer '*=16'
stream "plain loops" $((frames / 10)) --platform "$folder/loops.json"
grep -q ": $((frames / 10 * 2)) outputs compared with those of a single unit: equal" "$folder/out"
