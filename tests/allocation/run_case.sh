#!/bin/sh
# run_case.sh TOOL SOURCE CASE
#
# Runs the last line of CASE.cmd, one call of `haxconn`, once for each of its allocations, which then
# fails (run_each.c says what must come of it), first alone and then with all behind it. The lines
# before it prepare what it needs. The folders are those of tests/cli/run_case.sh. Lines that begin
# with `#:` set variables of run_each.c.
# HAX_ALLOCATION_RUNS is how many runs there are at most of the first, and twice as many as of the
# second; 0: one for each allocation; places: two for each place that allocates (run_each.c).
# HAX_ALLOCATION_MODES is what is tried of "once rest".
set -eu
tool=$1 source=$2 case=$3
runs=${HAX_ALLOCATION_RUNS-40}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin" "$folder/work"
ln -s "$tool" "$folder/bin/haxconn"
ln -s "$source/tests/cli/inputs" "$folder/work/inputs"
ln -s "$source/examples" "$folder/work/examples"
ln -s "$source/platforms" "$folder/work/platforms"
ln -s "$source/tests/allocation/inputs" "$folder/work/own"
settings=$(sed -n 's/^#: *//p' "$case.cmd" | tr '\n' ' ')
sed '/^#/d; $d' "$case.cmd" >"$folder/prepare"
command=$(sed '/^#/d' "$case.cmd" | tail -n 1)

cd "$folder/work"
PATH=$folder/bin:/usr/bin:/bin
export PATH
sh -e "$folder/prepare" >/dev/null
failed=0
for mode in ${HAX_ALLOCATION_MODES-once rest}; do
    echo "env -i PATH=\"\$PATH\" HOME=\"$folder\" LC_ALL=C.UTF-8 COLUMNS=80 $settings \
        HAX_EACH_MODE=$mode HAX_EACH_RUNS=$runs $command" >"$folder/try"
    sh "$folder/try" >"$folder/summary" </dev/null || failed=1
    cat "$folder/summary"
    [ "$runs" = places ] || runs=$(((runs + 1) / 2))
    grep -q "^[1-9][0-9]* allocations, " "$folder/summary" || failed=1
done
exit "$failed"
