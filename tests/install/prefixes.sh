#!/bin/sh
# prefixes.sh NM OBJECT...: what an object of the library gives others is called hax_...; within the
# one object that users link, a name without it would meet theirs when a linker leaves it global.
set -eu
nm=$1
shift
[ $# -ge 100 ] || {
    echo "only $# objects were given"
    exit 1
}
without=$("$nm" -g --defined-only "$@" | sed -n 's/^[0-9a-f]* [A-Za-z] \([A-Za-z_].*\)$/\1/p' |
    grep -v '^hax_' | sort -u) || true
[ -z "$without" ] || {
    echo "global names without hax_:"
    echo "$without"
    exit 1
}
