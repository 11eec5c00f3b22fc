#!/bin/sh
# stream_frames.sh TOOL [FRAMES]
#
# Streams FRAMES frames (default 1000000) of each of two small networks on units that compute
# nothing, and a tenth as many on plain loops, back to back and at a rate; then as long again while a
# worker is killed every second. Every frame is released and ends, is dropped or lost once, results
# are those of a single unit, releases do not drift, and neither the tool nor its workers grow: the
# most of their resident memory in the second half is within 2 MiB of that in the first, without its
# first tenth. Takes minutes; tests/stream runs it with few frames.
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

# What a network's line says, by its key.
figure() {
    tail -n 1 "$folder/lines" | tr '{' '\n' | sed -n "/\"released\"/s/.*\"$1\":\([0-9]*\).*/\1/p"
}

# stream NAME FRAMES KILLS OPTION...: runs it, and looks how memory goes on.
stream() {
    name=$1 count=$2 kills=$3 round=0
    shift 3
    rm -f "$folder/lines"
    "$tool" stream "$folder/net.prototxt" "$folder/net.prototxt" --grouping 1,2 --contention off \
        --rounds 1 --profile-seconds 0 --store none --time 2 --alone --frames "$count" \
        --json "$folder/lines" "$@" >"$folder/out" 2>"$folder/err" &
    pid=$!
    first=0 last=0 samples=0
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        round=$((round + 1))
        if [ "$kills" = yes ] && [ $((round % 5)) -eq 0 ]; then
            victim=$(cut -d ' ' -f 1 "/proc/$pid/task/$pid/children" 2>/dev/null) || victim=
            [ -z "$victim" ] || kill -9 "$victim" 2>/dev/null || true
        fi
        done=$(released)
        now=$(resident)
        # A worker that was just killed or begun is small: the most of either half is compared.
        if [ "${done:-0}" -ge $((count / 2)) ]; then
            [ "$now" -le "$last" ] || last=$now
        elif [ "${done:-0}" -ge $((count / 20)) ]; then
            [ "$now" -le "$first" ] || first=$now
            samples=$((samples + 1))
        fi
    done
    code=0
    wait "$pid" || code=$?
    pid=
    [ "$code" -eq 0 ] || { cat "$folder/err"; exit "$code"; }
    whole=$(grep -c "\"final\":true" "$folder/lines")
    ended=$(($(figure ended | paste -sd +) + $(figure dropped | paste -sd +) + $(figure lost | paste -sd +)))
    [ "$(figure released | sort -u)" = "$count" ] || whole=0
    [ "$(figure unfinished | sort -u)" = 0 ] || whole=0
    lost=$(figure lost | tr '\n' ' ')
    if [ "$whole" -ne 1 ] || [ "$ended" -ne $((2 * count)) ]; then
        echo "$name: not every frame has come to an end"
        tail -n 1 "$folder/lines"
        exit 1
    fi
    if [ "$samples" -lt 5 ] || [ "$last" -eq 0 ]; then
        echo "$name: over too soon to see how memory goes on"
    elif [ $((last - first)) -gt 2048 ]; then
        echo "$name: resident memory has grown from $first to $last kB"
        exit 1
    fi
    echo "$name: $count frames of each network, resident $first to $last kB, lost: $lost"
    if [ "$kills" = no ] && [ "$lost" != "0 0 " ]; then exit 1; fi
    sed -n '/^haxconn /p; /^  *net-2/p; /compared/p' "$folder/out"
}

stream "null, back to back" "$frames" no --platform null
stream "null, at a rate" $((frames / 10)) no --platform null --rate '*=5000' --buffer '*=16'
stream "plain loops" $((frames / 10)) no --platform "$folder/loops.json"
tenth=$((frames / 10))
grep -q ": $((2 * tenth)) outputs compared with those of a single unit: equal" "$folder/out"
stream "plain loops, workers killed" "$frames" yes --platform "$folder/loops.json" --buffer '*=4'
