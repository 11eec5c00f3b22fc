#!/bin/sh
# test.sh FOLDER JOBS [OPTION...]
# Runs all tests of a build folder, or those that options of ctest choose. What was skipped stands at
# the end, each reason once: tests say "skipped: ..." themselves.
set -u
folder=$1 jobs=$2
shift 2
ctest --test-dir "$folder" --parallel "$jobs" --output-on-failure --no-tests=error "$@"
code=$?
skipped=$(awk '
    /^[0-9]+\/[0-9]+ Testing: / { test = $3 }
    /^skipped: / {
        sub(/^skipped: /, "")
        if (!count[$0]++) { first[$0] = test; order[++reasons] = $0 }
    }
    END {
        for (r = 1; r <= reasons; r++) {
            more = count[order[r]] - 1
            print "  " first[order[r]] (more ? " and " more " more" : "") ": " order[r]
        }
    }
' "$folder/Testing/Temporary/LastTest.log" 2>/dev/null)
if [ -n "$skipped" ]; then
    printf 'Skipped on this machine:\n%s\n' "$skipped"
fi
exit "$code"
