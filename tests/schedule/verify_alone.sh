#!/bin/sh
# verify_alone.sh NM OBJECT...
#
# The verifier, which is verify.c and what stands in the folder verify/ of its room, may use nothing
# that is defined in the other objects of that room or of the room contention: whatever it shared
# with search or evaluator, it could not find wrong.
set -eu
nm=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
shift
: >"$folder/own" && : >"$folder/others"
for object in "$@"; do
    case ${object##*.dir/} in
    verify.c.o | verify/*.c.o | ./verify.c.o | ./verify/*.c.o) echo "$object" >>"$folder/own" ;;
    *) echo "$object" >>"$folder/others" ;;
    esac
done
symbols() {
    xargs "$nm" -g --"$1"-only <"$2" | sed -n 's/.* [A-Za-z] \([A-Za-z_][A-Za-z0-9_]*\)$/\1/p' | sort -u
}
symbols undefined "$folder/own" >"$folder/used"
symbols defined "$folder/own" >"$folder/mine"
symbols defined "$folder/others" | comm -23 - "$folder/mine" >"$folder/theirs"
comm -12 "$folder/used" "$folder/theirs" >"$folder/shared"
if [ "$(wc -l <"$folder/mine")" -lt 20 ] || [ "$(wc -l <"$folder/theirs")" -lt 100 ]; then
    echo "the objects do not hold what was expected: $(wc -l <"$folder/own") of the verifier"
    exit 1
fi
if [ -s "$folder/shared" ]; then
    echo "the verifier uses what belongs to the search, the evaluator or their room:"
    cat "$folder/shared"
    exit 1
fi
