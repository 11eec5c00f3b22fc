#!/bin/sh
# oracle.sh BUILD [NETWORK...]
#
# Exports networks with random weights from torchvision, and holds what haxconn computes for them,
# for the tests' samples, for onnx's own cases of single operators, for every way to resize and for
# 250 random networks (oracle_random.py) against ONNX Runtime, and networks and 200 random plans taken
# apart into ONNX models against the whole (oracle_pieces.py). All of it runs, whatever fails. What this
# needs from PyPI goes into BUILD/oracle/venv (venv.sh; without torch the sample networks of the tests
# and the operators' cases are left).
set -eu
build=$1
shift
folder=$build/oracle
venv=$folder/venv
mkdir -p "$folder/models"
command -v python3 >/dev/null || {
    echo "oracle.sh: there is no python3: 'make oracle' installs what is missing and runs this" >&2
    exit 4
}
scripts/venv.sh "$folder"
"$build/tests/model/write_onnx" "$folder/models"
failed=0
export PYTHONDONTWRITEBYTECODE=1
"$venv/bin/python" scripts/oracle.py "$build" "$folder/models" "$@" || failed=1
"$venv/bin/python" scripts/oracle_resize.py "$build" "$folder/resize" || failed=1
"$venv/bin/python" scripts/oracle_random.py "$build" "$folder/random" || failed=1
"$venv/bin/python" scripts/oracle_pieces.py "$build" "$folder/pieces" "$folder/models" || failed=1
exit $failed
