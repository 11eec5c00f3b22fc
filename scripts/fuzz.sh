#!/bin/sh
# fuzz.sh FOLDER SECONDS
# Runs every fuzz target from its corpus, fuzz/corpus/NAME; findings are left in FOLDER/found.
set -eu
folder=$1 seconds=$2
mkdir -p "$folder/found"
for target in "$folder"/fuzz/fuzz_*; do
    if [ ! -f "$target" ] || [ ! -x "$target" ]; then continue; fi
    name=$(basename "$target")
    seeds=fuzz/corpus/$name
    mkdir -p "$folder/corpus/$name"
    set -- "$folder/corpus/$name"
    if [ -d "$seeds" ]; then set -- "$@" "$seeds"; fi
    echo "== $name, $seconds s"
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$folder/found/$name-" "$@"
done
