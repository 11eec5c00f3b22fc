#!/bin/sh
# fuzz.sh FOLDER SECONDS
# Runs every fuzz target from its corpus in fuzz/corpus; findings are left in FOLDER/found.
set -eu
folder=$1 seconds=$2
mkdir -p "$folder/found"
for target in "$folder"/fuzz/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=$(basename "$target")
    seeds=fuzz/corpus/${name#fuzz_}
    mkdir -p "$folder/corpus/$name"
    echo "== $name, $seconds s"
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$folder/found/$name-" "$folder/corpus/$name" \
        $([ -d "$seeds" ] && echo "$seeds")
done
