#!/bin/sh
# demo.sh TOOL [published]
#
# Two pairs of networks, a screen each: the published one on the published board, which is simulated
# and always comes out the same, then one on this machine, measured. With "published" the first alone.
set -eu
tool=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What a command prints between two patterns, without the second's line.
between() {
    sed -n "/$2/,/$3/p" "$1" | sed "/$3/d"
}

"$tool" schedule --published >"$work/published" 2>"$work/messages" || { cat "$work/messages" >&2; exit 1; }
"$tool" run googlenet alexnet --platform xavier-agx >"$work/xavier" 2>"$work/messages" ||
    { cat "$work/messages" >&2; exit 1; }

cat <<TEXT
1. THE PUBLISHED PAIR: GoogleNet and AlexNet at once on a GPU and a DLA (Xavier)

The paper's own numbers, ms, all by one evaluator (haxconn schedule --published):
TEXT
sed -n '/^the published optimum  /s/^/  /p; /^one network after the other  /s/^/  /p; /^the optimum, any number/s/^/  /p' \
    "$work/published"
cat <<TEXT

The pair on that board, simulated from published times (haxconn run googlenet
alexnet --platform xavier-agx); haxconn splits networks, others keep them whole:
TEXT
between "$work/xavier" '^      deployment' '^$'
between "$work/xavier" '^verdict:' '^$'
echo
between "$work/xavier" '^gpu  ' '^dla1  ' | sed '/^simulated/d'
between "$work/xavier" '^          A' '^$' | sed 's/; below each unit.*//'
echo
[ "${2:-}" = published ] && exit 0

cat <<TEXT
2. THIS MACHINE: resnet50 and resnet101 at once (haxconn run resnet50 resnet101)

Measured here and now. The answer may be "do not split": then whole networks are
the better way.

TEXT
"$tool" run resnet50 resnet101 >"$work/here"
between "$work/here" '^      deployment' '^$'
between "$work/here" '^outputs:' '^$'
echo
echo "The whole report, with the chart: haxconn run resnet50 resnet101"
