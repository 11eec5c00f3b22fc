#!/bin/sh
# run_case.sh TOOL SOURCE CASE
#
# Runs CASE.cmd, one shell line that calls `haxconn`, in an empty folder where `inputs` is
# tests/cli/inputs and `examples` the project's examples. Compares standard output, standard
# error and exit code with CASE.out, CASE.err and CASE.exit (absent: nothing, nothing, 0).
# CASE.sed, when there is one, is applied to both texts first, as is what varies always.
# HAX_CLI_UPDATE=1 writes the expected files instead.
set -eu
tool=$1 source=$2 case=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin" "$folder/work"
ln -s "$tool" "$folder/bin/haxconn"
ln -s "$source/tests/cli/inputs" "$folder/work/inputs"
ln -s "$source/examples" "$folder/work/examples"

run() {
    cd "$folder/work"
    env -i PATH="$folder/bin:/usr/bin:/bin" HOME="$folder" LC_ALL=C.UTF-8 COLUMNS=80 \
        ASAN_OPTIONS="${ASAN_OPTIONS-}" UBSAN_OPTIONS="${UBSAN_OPTIONS-}" \
        TSAN_OPTIONS="${TSAN_OPTIONS-}" \
        sh "$case.cmd" >"$folder/out" 2>"$folder/err" </dev/null
}
code=0
(run) || code=$?

script=$folder/script
echo 's/^search: [0-9]* nodes in [0-9.]* ms$/search: N nodes in T ms/' >"$script"
if [ -f "$case.sed" ]; then
    cat "$case.sed" >>"$script"
fi
for stream in out err; do
    sed -E -f "$script" "$folder/$stream" >"$folder/$stream.seen"
done
echo "$code" >"$folder/exit.seen"

if [ "${HAX_CLI_UPDATE-}" = 1 ]; then
    for part in out err exit; do
        rm -f "$case.$part"
        if [ "$part" = exit ] && [ "$code" = 0 ]; then continue; fi
        if [ -s "$folder/$part.seen" ]; then cp "$folder/$part.seen" "$case.$part"; fi
    done
    exit 0
fi
failed=0
for part in out err exit; do
    expected=$case.$part
    if [ ! -f "$expected" ]; then
        expected=$folder/expected
        if [ "$part" = exit ]; then echo 0 >"$expected"; else : >"$expected"; fi
    fi
    if ! diff -u "$expected" "$folder/$part.seen" >"$folder/diff"; then
        echo "$part of '$(cat "$case.cmd")' differs (- expected, + seen):"
        cat "$folder/diff"
        failed=1
    fi
done
exit "$failed"
