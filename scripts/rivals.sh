#!/bin/sh
# rivals.sh BUILD [OPTION...] [SHAPE|PROBLEM.json...]
#
# The exact search beside CP-SAT (beside_cpsat.py says how), in an environment of its own from PyPI,
# BUILD/rivals/venv. PYTHON names an interpreter that has ortools; then nothing is installed.
set -eu
build=$1
shift
if [ -z "${PYTHON-}" ]; then
    command -v python3 >/dev/null || {
        echo "rivals.sh: there is no python3: 'make rivals' installs what is missing and runs this" >&2
        exit 4
    }
    scripts/venv.sh "$build/rivals" ortools
    PYTHON=$build/rivals/venv/bin/python
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$PYTHON" scripts/beside_cpsat.py "$build" "$build/rivals" "$@"
