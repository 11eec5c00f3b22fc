#!/bin/sh
# deps.sh SCRIPT
#
# What scripts/deps.sh says and does where packages are missing, on a Debian of stand-ins: who is root,
# is there sudo and does it let one, what is installed.
set -eu
script=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin" "$folder/build" "$folder/build-asan"
cd "$folder"
for tool in sh awk cat env grep mktemp rm sed tee; do
    ln -s "$(command -v "$tool")" "$folder/bin/$tool"
done

# stand_in NAME LINE: a program of that one line
stand_in() {
    printf '#!/bin/sh\n%s\n' "$2" >"$folder/bin/$1"
    chmod +x "$folder/bin/$1"
}
# packages STATE...: what dpkg-query says of each package, as ARCHITECTURE:STATE
packages() {
    {
        echo '#!/bin/sh'
        for state in "$@"; do
            echo "case \$3 in *Architecture*) echo '${state%%:*} ${state#*:}' ;; *) echo '${state#*:}' ;; esac"
        done
    } >"$folder/bin/dpkg-query"
    chmod +x "$folder/bin/dpkg-query"
}
packages amd64:not-installed
# shellcheck disable=SC2016 # its own variables
stand_in dpkg 'case $1 in --print-architecture) echo amd64 ;; *) echo "dpkg $*" >>"$CALLS" ;; esac'
# shellcheck disable=SC2016
stand_in apt-get 'echo "apt-get $*" >>"$CALLS"; exit "${APT_CODE-0}"'
stand_in id 'echo 0'

failed=0
# expect CODE SETTING GROUPS WORDS...: the exit code of deps.sh and what stands in its output and calls
expect() {
    code=0 right=$1 setting=$2 groups=$3
    shift 3
    : >"$folder/calls"
    # shellcheck disable=SC2086 # groups are words
    env -i PATH="$folder/bin" TMPDIR="$folder" CALLS="$folder/calls" "$setting" \
        sh "$script" $groups >"$folder/said" 2>&1 || code=$?
    cat "$folder/calls" >>"$folder/said"
    wrong=
    [ "$code" = "$right" ] || wrong="exit code $code instead of $right"
    for word in "$@"; do
        grep -qF -e "$word" "$folder/said" || wrong="$wrong, not said: $word"
    done
    [ -z "$wrong" ] && return
    echo "$setting deps.sh $groups: $wrong" >&2
    cat "$folder/said" >&2
    failed=1
}
refuse() {
    if grep -qF -e "$1" "$folder/said"; then
        echo "said: $1" >&2
        failed=1
    fi
}

touch build/build.ninja build-asan/build.ninja
expect 0 DEPS=yes fuzz '  clang: libFuzzer' 'apt-get update' 'apt-get install -y --no-install-recommends clang' Installed.
if [ -f build/build.ninja ] || [ -f build-asan/build.ninja ]; then
    echo "what was configured without the packages stays as it is" >&2
    failed=1
fi
expect 1 DEPS=no lint 'clang-tidy: static analysis' 'apt-get update && apt-get install'
expect 1 APT_CODE=100 fuzz 'apt-get update && apt-get install'
refuse 'ended with'
refuse Installed.
expect 0 DEPS=yes arm64 '  libjansson-dev:arm64: ' 'dpkg --add-architecture arm64' 'apt-get install'

stand_in id 'echo 1000'
expect 1 DEPS=yes fuzz 'there is no sudo here' 'apt-get update && apt-get install'
stand_in sudo 'echo "not in the sudoers file" >&2; exit 1'
expect 1 DEPS=yes fuzz 'not in the sudoers file' 'apt-get update && apt-get install'
refuse 'ended with'
# shellcheck disable=SC2016
stand_in sudo 'echo sudo >>"$CALLS"; exec "$@"'
expect 0 DEPS=yes fuzz sudo 'apt-get update' 'Installed.'

# One of another architecture beside it changes nothing, nor does one for all; alone it will not do.
for states in amd64:installed all:installed 'amd64:installed arm64:installed'; do
    # shellcheck disable=SC2086 # a list of words
    packages $states
    expect 0 DEPS=yes 'build test fuzz'
    if [ -s "$folder/said" ]; then
        echo "$states: nothing is missing, yet it says something:" >&2
        cat "$folder/said" >&2
        failed=1
    fi
done
packages arm64:installed
expect 1 DEPS=no fuzz '  clang: libFuzzer'
exit "$failed"
