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
scripts/venv.sh "$folder"
"$build/tests/model/write_onnx" "$folder/models"
"$venv/bin/python" scripts/oracle.py "$build" "$folder/models" "$@"
