#!/bin/sh
# test.sh FOLDER JOBS [OPTION...]
# Runs all tests of a build folder, or those that options of ctest choose. What was skipped stands at
# the end, with the reason: tests say "skipped: ..." themselves.
set -u
folder=$1 jobs=$2
shift 2
ctest --test-dir "$folder" --parallel "$jobs" --output-on-failure --no-tests=error "$@"
code=$?
skipped=$(awk '
    /^[0-9]+\/[0-9]+ Testing: / { test = $3 }
    /^skipped: / { sub(/^skipped: /, ""); print "  " test ": " $0 }
' "$folder/Testing/Temporary/LastTest.log" 2>/dev/null)
if [ -n "$skipped" ]; then
    printf 'Skipped on this machine:\n%s\n' "$skipped"
fi
exit "$code"
