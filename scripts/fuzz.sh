#!/bin/sh
# fuzz.sh FOLDER SECONDS
# Runs every fuzz target from its corpus, fuzz/corpus/NAME; findings are left in FOLDER/found. A target
# that finds something does not keep the others from running.
set -eu
folder=$1 seconds=$2
mkdir -p "$folder/found"
failed="" count=0
for target in "$folder"/fuzz/fuzz_*; do
    if [ ! -f "$target" ] || [ ! -x "$target" ]; then continue; fi
    name=$(basename "$target")
    case $name in *_replay) continue ;; esac # runs files, is no target
    seeds=fuzz/corpus/$name
    mkdir -p "$folder/corpus/$name"
    set -- "$folder/corpus/$name"
    if [ -d "$seeds" ]; then set -- "$@" "$seeds"; fi
    echo "== $name, $seconds s"
    count=$((count + 1))
    "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$folder/found/$name-" "$@" || failed="$failed $name"
done
if [ -n "$failed" ]; then
    echo "Findings in $folder/found of:$failed" >&2
    exit 1
fi
if [ "$count" = 0 ]; then
    echo "there is no fuzz target in $folder/fuzz" >&2
    exit 1
fi
