#!/bin/sh
# headers.sh INCLUDE CC [CXX]
# Every public header compiles alone, as C11 and as C++11.
set -eu
include=$1 cc=$2 cxx=${3-}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
flags="-Wall -Wextra -Wpedantic -Wundef -Werror -fsyntax-only -I$include"

failed=0 count=0
for header in "$include"/haxconn/*.h; do
    count=$((count + 1))
    # Not the header itself: compilers see a main file there, with warnings of its own.
    printf '#include <haxconn/%s>\nextern int nothing;\n' "$(basename "$header")" |
        tee "$folder/alone.c" >"$folder/alone.cc"
    # shellcheck disable=SC2086 # a list of words
    "$cc" -std=c11 $flags "$folder/alone.c" || failed=1
    if [ -n "$cxx" ]; then
        # shellcheck disable=SC2086
        "$cxx" -std=c++11 $flags "$folder/alone.cc" || failed=1
    fi
done
[ "$count" -gt 0 ] || { echo "no headers in $include" >&2; exit 1; }
[ "$failed" = 0 ] || exit 1
if [ -z "$cxx" ]; then
    echo "skipped: no C++ compiler here (Debian: g++); C11 was tried"
    exit 77
fi
