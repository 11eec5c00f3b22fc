#!/bin/sh
# oracle.sh BUILD [NETWORK...]
#
# Exports networks with random weights from torchvision, and holds what haxconn computes for them,
# for the tests' samples and for onnx's own cases of single operators against ONNX Runtime. Everything that this needs from PyPI goes into BUILD/oracle/venv (some 6 GB with
# torch; 0.3 GB with ORACLE_TORCH=no, which leaves the sample networks of the tests only).
set -eu
build=$1
shift
folder=$build/oracle
venv=$folder/venv
mkdir -p "$folder/models"
scripts/venv.sh "$folder"
"$build/tests/model/write_onnx" "$folder/models"
"$venv/bin/python" scripts/oracle.py "$build" "$folder/models" "$@"
