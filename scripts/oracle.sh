#!/bin/sh
# oracle.sh BUILD [NETWORK...]
#
# Exports networks with random weights from torchvision, and holds what haxconn computes for them,
# for the tests' samples and for onnx's own cases of single operators against ONNX Runtime. What this
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
"$venv/bin/python" scripts/oracle.py "$build" "$folder/models" "$@"
