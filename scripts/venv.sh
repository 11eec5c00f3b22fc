#!/bin/sh
# venv.sh FOLDER
#
# Makes FOLDER/venv, a Python environment from PyPI with ONNX Runtime, and with torch for exporting
# networks (some 6 GB; 0.3 GB with ORACLE_TORCH=no).
set -eu
venv=$1/venv
packages="onnx onnxruntime numpy"
if [ "${ORACLE_TORCH-yes}" != no ]; then
    packages="$packages torch torchvision onnxscript"
fi
mkdir -p "$1"
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
# shellcheck disable=SC2086 # a list of words
"$venv/bin/pip" install -q --disable-pip-version-check $packages
