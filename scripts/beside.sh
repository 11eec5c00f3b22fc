#!/bin/sh
# beside.sh BUILD [OPTION...] [NETWORK...]
#
# Times networks beside ONNX Runtime (beside_onnxruntime.py says how), in the environment and with
# the exports of `make oracle`. PYTHON names an interpreter that has onnxruntime, MODELS a folder
# with the networks; then nothing is installed.
set -eu
build=$1
shift
if [ -z "${PYTHON-}" ]; then
    command -v python3 >/dev/null || {
        echo "beside.sh: there is no python3: 'make beside' installs what is missing and runs this" >&2
        exit 4
    }
    scripts/venv.sh "$build/oracle"
    PYTHON=$build/oracle/venv/bin/python
fi
exec "$PYTHON" scripts/beside_onnxruntime.py "$build" "${MODELS:-$build/oracle/beside}" "$@"
