#!/bin/sh
# rivals.sh BUILD [OPTION...] [SHAPE|PROBLEM.json...]
#
# The exact search beside CP-SAT (beside_cpsat.py says how), in an environment of its own from PyPI,
# BUILD/rivals/venv. PYTHON names an interpreter that has ortools; then nothing is installed.
set -eu
build=$1
shift
if [ -z "${PYTHON-}" ]; then
    scripts/venv.sh "$build/rivals" ortools
    PYTHON=$build/rivals/venv/bin/python
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$PYTHON" scripts/beside_cpsat.py "$build" "$build/rivals" "$@"
