#!/bin/sh
# docs.sh TOOL SOURCE
#
# Each block of docs/stream.md that begins with "$ haxconn" prints what the command prints, up to the
# line that says how to repeat it.
set -eu
tool=$1 source=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
ln -s "$tool" "$folder/bin/haxconn"
ln -s "$source/examples" "$folder/examples"
PATH=$folder/bin:$PATH HOME=$folder LC_ALL=C.UTF-8 COLUMNS=80
export PATH HOME LC_ALL COLUMNS
cd "$folder"
awk '/^```/ { inside = !inside; if (inside) number++; next }
     inside { print > ("block" number) }' "$source/docs/stream.md"
count=0 failed=0
for block in block*; do
    line=$(sed -n '1s/^\$ \(haxconn .*\)/\1/p' "$block")
    [ -n "$line" ] || continue
    count=$((count + 1))
    sed 1d "$block" >right
    eval "$line" </dev/null 2>&1 | sed '/^repeat with/d' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >seen || true
    diff right seen || { echo "docs/stream.md: $line prints something else"; failed=1; }
done
[ "$count" -ge 3 ] || { echo "only $count commands with their output were found"; failed=1; }
exit "$failed"
