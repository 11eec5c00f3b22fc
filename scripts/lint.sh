#!/bin/sh
# lint.sh BUILD
# Formatting, the rules of the house, static analysis. Prints what is wrong and fails.
set -eu
build=$1
failed=0
sources=$(git ls-files '*.c' '*.h' '*.def')

report() {
    if [ -n "$2" ]; then
        printf '%s\n%s\n' "$1:" "$2" >&2
        failed=1
    fi
}

# shellcheck disable=SC2046 # file names here have no blanks
clang-format --dry-run -Werror $(git ls-files '*.c' '*.h') || failed=1

report "cli/ may include public headers and its own only" "$(
    for header in $(git grep -hE '^#include "' -- cli | sed 's/.*"\(.*\)".*/\1/' | sort -u); do
        git ls-files "cli/*/$header" "cli/$header" | grep -q . || git grep -n "#include \"$header\"" -- cli
    done)"
report "public headers may include public headers only" \
    "$(git grep -nE '^#include "' -- include | grep -v '"haxconn/' || true)"
report "types of internal headers are called hax_..." "$(
    git grep -nE '^(typedef (struct|enum|union) [a-z_]+ [a-z_]+;|\} [a-z_]+;)' -- 'src/*.h' |
        grep -vE '(\}| )[ ]?hax_[a-z0-9_]+;' || true)"
report "a room is seen through its header (base: through each of its own)" "$(scripts/rooms.sh)"
# shellcheck disable=SC2086
report "unfinished words in the sources" \
    "$(grep -nIE '\b(TODO|FIXME|XXX|HACK)\b' $sources || true)"
# shellcheck disable=SC2086
report "functions of more than 80 lines" "$(awk '
    FNR == 1 { start = 0 }
    /^[A-Za-z_].*\(/ { name = $0 }
    /^\{/ || /^[A-Za-z_].*\)[ \t]*\{[ \t]*$/ { start = FNR }
    /^\}/ { if (start && FNR - start > 80)
                printf "%s:%d: %d lines: %s\n", FILENAME, start, FNR - start, name
            start = 0 }' $sources)"
asserted='src/schedule src/exec src/model src/driver src/profile src/run' # rooms that hold to it
report "fewer than 10 assertions in 1,000 lines" "$(
    for room in $asserted; do
        # what runs on a GPU only is not seen to hold here
        git ls-files "$room/*.c" "$room/*.h" ':!src/driver/cuda' | xargs cat | awk -v room="$room" '
            { count += gsub(/(^|[^_a-z])assert\(/, "&") }
            END { if (100 * count < NR) printf "%s: %d in %d lines\n", room, count, NR }'
    done)"
report "blanks at the end of a line" "$(git grep -nIE '[[:blank:]]+$' -- . \
        ':!tests/cli/cases' ':!tests/cli/inputs' ':!fuzz/corpus' || true)"
# shellcheck disable=SC2046
shellcheck $(git ls-files '*.sh') .ci/run || failed=1
# shellcheck disable=SC2046
report "Python that does not parse" "$(command -v python3 >/dev/null &&
    python3 -c 'import ast, sys
for file in sys.argv[1:]:
    ast.parse(open(file, encoding="utf-8").read(), file)' $(git ls-files '*.py') 2>&1)"

# Only what is compiled here and belongs to the product; a file takes a second or two.
git ls-files 'src/*.c' 'src/**/*.c' 'cli/*.c' | while read -r file; do
    grep -q "/$file\"" "$build/compile_commands.json" && echo "$file"
done | xargs -r -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build" 2>/dev/null || failed=1

if [ "$failed" = 0 ]; then
    echo "lint: clean"
fi
exit "$failed"
