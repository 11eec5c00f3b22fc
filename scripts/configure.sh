#!/bin/sh
# configure.sh PRESET FOLDER [-DNAME=VALUE...]
# Configures a build folder unless that was done already and nothing new is asked for.
set -eu
preset=$1 folder=$2
shift 2
if [ $# -eq 0 ] && [ -f "$folder/build.ninja" ]; then
    exit 0
fi
mkdir -p "$folder"
if ! cmake --preset "$preset" -B "$folder" "$@" >"$folder/configure.log" 2>&1; then
    cat "$folder/configure.log" >&2
    exit 1
fi
