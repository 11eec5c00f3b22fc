#!/bin/sh
# runner.sh SCRIPT
#
# What make asks of scripts/test.sh comes through to ctest: further options, and its exit code; what
# was skipped is told at the end. ctest is a stand-in.
set -eu
script=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/bin" "$folder/build/Testing/Temporary"
cat >"$folder/bin/ctest" <<'CTEST'
#!/bin/sh
for word in "$@"; do printf '<%s>' "$word"; done
exit 8
CTEST
chmod +x "$folder/bin/ctest"
printf '1/1 Testing: cli/one\nskipped: no such unit here\n' >"$folder/build/Testing/Temporary/LastTest.log"

code=0
PATH=$folder/bin:$PATH "$script" "$folder/build" 3 --label-regex '^(a|b)$' >"$folder/said" || code=$?
failed=0
for word in "<$folder/build>" '<--parallel><3>' '<--label-regex><^(a|b)$>' \
    '  cli/one: no such unit here'; do
    if ! grep -qF -e "$word" "$folder/said"; then
        echo "not said: $word" >&2
        failed=1
    fi
done
if [ "$code" != 8 ] || [ "$failed" = 1 ]; then
    echo "exit code $code, said:" >&2
    cat "$folder/said" >&2
    exit 1
fi
