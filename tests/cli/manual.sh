#!/bin/sh
# manual.sh TOOL
#
# Manual pages that groff and mandoc have nothing to say about, one for each command; every text of
# help within 40 and 80 columns; scripts that bash and zsh take, and what bash completes. What is
# not here is told.
set -eu
tool=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
fail() {
    echo "$*"
    failed=1
}

mkdir "$folder/bin" "$folder/manual"
ln -s "$tool" "$folder/bin/haxconn"
PATH=$folder/bin:$PATH HOME=$folder LC_ALL=C.UTF-8
export PATH HOME LC_ALL
haxconn help --write "$folder/manual"
commands=$(COLUMNS=80 haxconn help | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p')
topics=$(COLUMNS=80 haxconn help | sed -n '/^topics:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p')
[ "$(echo "$commands" | wc -l)" -ge 18 ] || fail "commands: $commands"
[ "$(echo "$topics" | wc -l)" -ge 8 ] || fail "topics: $topics"

# ---- pages
[ "$(find "$folder/manual" -name '*.1' | wc -l)" -eq $(($(echo "$commands" | wc -l) + 1)) ] ||
    fail "not one page for each command: $(ls "$folder/manual")"
for command in $commands; do
    page=$folder/manual/haxconn-$command.1
    haxconn help --man "$command" | cmp - "$page" || fail "$command: --man is not what --write is"
    grep -q "^haxconn..$command .. [a-z]" "$page" || fail "$command: no line for apropos"
    # each option of the help is in the page
    haxconn help "$command" | sed -n 's/^  \(-., \)*--\([a-z-]*\).*/\2/p' | while read -r option; do
        sed 's/\\-/-/g' "$page" | grep -q -e "^\.B .*--$option" || echo "$command: no --$option"
    done >"$folder/missing"
    [ ! -s "$folder/missing" ] || fail "$(cat "$folder/missing")"
done
for topic in $topics; do
    grep -q -i "^\.SH $(echo "$topic" | tr - ' ')$" "$folder/manual/haxconn.1" ||
        fail "no section '$topic' in haxconn.1"
done
for program in "mandoc -Tlint -W all" "groff -man -Tutf8 -ww -z"; do
    if ! command -v "${program%% *}" >/dev/null; then
        echo "skipped: no ${program%% *} here, so it did not read the pages"
        continue
    fi
    for page in "$folder"/manual/*.1; do
        said=$($program "$page" 2>&1) || true
        [ -z "$said" ] || fail "$said"
    done
done

# ---- widths: commands to be typed stay whole
for width in 40 80; do
    for word in '' $commands $topics; do
        # shellcheck disable=SC2086
        COLUMNS=$width haxconn help $word | grep -v '^ *haxconn ' | grep -v '^ *[^ ]*$' |
            awk -v width=$width -v word="$word" \
                'length($0) > width { print "help " word " in " width " columns: " $0 }'
    done
done >"$folder/wide"
[ ! -s "$folder/wide" ] || fail "$(cat "$folder/wide")"

# ---- completion
cat >"$folder/complete" <<'END'
source "$1/manual/haxconn.bash"
mkdir "$1/work" && cd "$1/work" && : >plan.json
ask() {
    local wanted=$1
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _haxconn
    [ "${COMPREPLY[*]}" = "$wanted" ] || echo "'$*': '${COMPREPLY[*]}' instead of '$wanted'"
}
ask 'report' haxconn rep
ask 'resnet18 resnet50 resnet101 resnet152' haxconn run alexnet resnet
ask 'synthetic' haxconn run --platform sy
ask 'synthetic' haxconn run --platform = sy
ask 'host spare emulated gpu machine jetson synthetic null xavier-agx plan.json' \
    haxconn units -p ''
ask '--report' haxconn schedule --rep
ask '--dry-run' haxconn run alexnet --dry
ask 'plan.json' haxconn run --schedule pl
ask '' haxconn run --save-outputs pl # no folder
ask 'latency' haxconn run --objective la
ask 'alexnet=' haxconn run alexnet googlenet --pin al
ask 'alexnet:' haxconn run alexnet googlenet --cuts a
ask 'list' haxconn model l
ask 'platform platforms' haxconn help platf
ask '' haxconn run --rounds ''
END
if command -v bash >/dev/null; then
    said=$(bash "$folder/complete" "$folder" 2>&1) || true
    [ -z "$said" ] || fail "bash: $said"
else
    echo "skipped: no bash here, so nothing was completed in it"
fi
if command -v zsh >/dev/null; then
    zsh -n "$folder/manual/_haxconn" || fail "zsh does not take _haxconn"
    said=$(zsh -f -c "autoload -Uz compinit; compinit -D; source $folder/manual/_haxconn;
                      echo \${_comps[haxconn]}" 2>&1)
    [ "$said" = _haxconn ] || fail "zsh: $said"
else
    echo "skipped: no zsh here, so it did not read the script for it"
fi
exit "$failed"
