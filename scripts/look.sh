#!/bin/sh
# look.sh BUILD
#
# Pages and traces of simulated runs, opened in a headless browser and asked in SQL; what they look
# like is kept in BUILD/look. Without python3 or Chromium it says what was not looked at.
set -eu
build=$1
source=$(dirname "$0")
tool=$build/haxconn
folder=$build/look
command -v python3 >/dev/null || {
    echo "skipped: no python3 here (Debian: python3), so neither pages nor traces were looked at"
    exit 0
}
mkdir -p "$folder"
run() {
    HOME=$folder "$tool" "$@" >"$folder/output" || { cat "$folder/output"; exit 1; }
}
run run alexnet googlenet --platform synthetic --report "$folder/run.html" \
    --trace "$folder/run-trace.json" -o "$folder/run.json"
run run resnet50 googlenet alexnet --platform xavier-agx --report "$folder/board.html" \
    --trace "$folder/board-trace.json"
run compare resnet50 googlenet resnet101 vgg19 --platform synthetic --objective throughput \
    --report "$folder/compare.html"
run schedule alexnet googlenet --platform synthetic --report "$folder/schedule.html" \
    --trace "$folder/schedule-trace.json"
run stream alexnet googlenet --platform synthetic --rate '*=60' --frames 40 \
    --report "$folder/stream.html"
"$source/report_browser.py" --screenshots "$folder" "$folder"/*.html
for trace in "$folder"/*-trace.json; do
    "$source/trace_sql.py" "$trace"
done
echo "what was seen is in $folder"
