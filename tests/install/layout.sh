#!/bin/sh
# layout.sh INCLUDE EXPECTED CC READELF
# The layout of each public struct stands in EXPECTED (layout.txt): programs were compiled with it.
# HAX_LAYOUT_UPDATE=1 writes it. What may change without a new name of the library is in
# haxconn/haxconn.h: members at the end of results and of structs with a size.
set -eu
include=$1 expected=$2 cc=$3 readelf=$4
if ! command -v "$readelf" >/dev/null; then
    echo "skipped: no readelf here (Debian: binutils)"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '#include <haxconn/haxconn.h>\n' >"$folder/all.c"
"$cc" -std=c11 -g -gdwarf-4 -fno-eliminate-unused-debug-types -I"$include" -c "$folder/all.c" \
    -o "$folder/all.o"
cat "$include"/haxconn/*.h | tr '\n' ' ' | grep -oE 'const hax_[a-z0-9_]+ \*\*' |
    sed 's/const \(.*\) \*\*/\1/' | sort -u |
    grep -vxE 'hax_problem|hax_pressure_table' >"$folder/results" # these callers build, too
{
    echo "version $(sed -n 's/^#define HAX_VERSION "\([0-9]*\.[0-9]*\).*/\1/p' \
        "$include/haxconn/version.h")"
    "$readelf" --debug-dump=info "$folder/all.o" | awk -v results="$folder/results" '
        BEGIN { while ((getline line < results) > 0) result[line] = 1 }
        function value() { sub(/^.*: /, ""); sub(/[ \t]+$/, ""); return $0 }
        function finish() {
            if (name ~ /^hax_/ && members != "") {
                kind = members ~ /^ size@0/ ? "sized" : name in result ? "result" : "value"
                print name, kind, bytes ":" members
            }
            name = members = ""
        }
        /Abbrev Number/ {
            tag = $0; sub(/.*\(/, "", tag); sub(/\).*/, "", tag)
            if (/<1>/) finish()
            inside = tag == "DW_TAG_structure_type" ? "struct" : tag == "DW_TAG_member" ? "member" : ""
            next
        }
        /DW_AT_name/ { text = value(); if (inside == "struct") name = text
                       if (inside == "member") member = text }
        /DW_AT_byte_size/ { if (inside == "struct") bytes = value() }
        /DW_AT_data_member_location/ { text = value(); if (name != "") members = members " " member "@" text }
        END { finish() }' | sort
} >"$folder/layout"
if [ "${HAX_LAYOUT_UPDATE-}" = 1 ]; then
    cp "$folder/layout" "$expected"
    exit
fi
if ! diff "$expected" "$folder/layout"; then
    echo "the layout of public structs has changed: only 'sized' and 'result' may grow, at their" \
        "end; anything else needs a new MAJOR (before 1.0: MINOR) in haxconn/version.h." \
        "HAX_LAYOUT_UPDATE=1 writes tests/install/layout.txt" >&2
    exit 1
fi
