#!/bin/sh
# missing.sh CMAKE SOURCE
#
# Where libraries are missing, the configuration names all of them and Debian's packages.
set -eu
cmake=$1 source=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! command -v ninja >/dev/null 2>&1 || ! command -v pkg-config >/dev/null 2>&1; then
    echo "skipped: no ninja or no pkg-config here"
    exit 77
fi
failed=0
if env -u PKG_CONFIG_PATH PKG_CONFIG_LIBDIR="$folder" "$cmake" -G Ninja -S "$source" \
    -B "$folder/build" >"$folder/log" 2>&1; then
    echo "configured without any library" >&2
    failed=1
fi
for word in 'jansson (Debian: libjansson-dev)' 'hwloc (Debian: libhwloc-dev)' \
    'sqlite3 (Debian: libsqlite3-dev)' 'cmocka (Debian: libcmocka-dev)' 'make deps'; do
    if ! grep -qF "$word" "$folder/log"; then
        echo "not said: $word" >&2
        failed=1
    fi
done
[ "$failed" = 0 ] || cat "$folder/log" >&2
exit "$failed"
