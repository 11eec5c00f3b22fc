#!/bin/sh
# verify_alone.sh NM VERIFIER-OBJECT... -- OTHER-OBJECT...
#
# The verifier may use nothing that is defined in the objects of the search, the evaluator and the
# room contention: whatever it shared with them, it could not find wrong.
set -eu
nm=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
shift
: >"$folder/own" && : >"$folder/others"
list=$folder/own
for object in "$@"; do
    case $object in
    --) list=$folder/others ;;
    *) echo "$object" >>"$list" ;;
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
