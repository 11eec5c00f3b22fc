#!/bin/sh
# symbols.sh INCLUDE NM STATIC SHARED
#
# The libraries define hax_ symbols only, for programs that they are linked with: exactly those that
# the public headers declare, each of which is marked with HAX_API.
set -eu
include=$1 nm=$2 static=$3 shared=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Function declarations start in the first column with a type, perhaps over several lines.
sed '/^#/d' "$include"/haxconn/*.h | tr '\n' ' ' |
    grep -oE 'HAX_API [^;(]*\(' | sed -E 's/.*(\*| )([A-Za-z_0-9]+)\($/\2/' |
    LC_ALL=C sort -u >"$folder/declared"
unmarked=$(grep -nE '^[a-z][a-z_0-9 *]*[ *]hax_[a-z0-9_]+\(' "$include"/haxconn/*.h |
    grep -vE ':(static|typedef) ' || true)

failed=0
report() {
    if [ -n "$2" ]; then
        printf '%s:\n%s\n' "$1" "$2" >&2
        failed=1
    fi
}
[ -s "$folder/declared" ] || report "no declaration with HAX_API" "$include"
report "declared without HAX_API" "$unmarked"
for library in "$static" "$shared"; do
    if [ "$library" = "$shared" ]; then dynamic=-D; else dynamic=; fi
    # shellcheck disable=SC2086 # nothing or an option
    "$nm" -g $dynamic --defined-only "$library" | awk 'NF == 3 { print $3 }' |
        LC_ALL=C sort -u >"$folder/defined"
    report "symbols without hax_ in $library" "$(grep -v '^hax_' "$folder/defined" || true)"
    report "in $library and in no header" \
        "$(LC_ALL=C comm -13 "$folder/declared" "$folder/defined")"
    report "declared, but not in $library" \
        "$(LC_ALL=C comm -23 "$folder/declared" "$folder/defined")"
done
exit "$failed"
