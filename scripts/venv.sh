#!/bin/sh
# venv.sh FOLDER [PACKAGE...]
#
# Makes FOLDER/venv, a Python environment from PyPI with these packages; without any named, with ONNX
# Runtime, and with torch for exporting networks (some 6 GB; 0.3 GB with ORACLE_TORCH=no).
set -eu
folder=$1
venv=$folder/venv
shift
packages=$*
if [ -z "$packages" ]; then
    packages="onnx onnxruntime numpy"
    if [ "${ORACLE_TORCH-yes}" != no ]; then
        packages="$packages torch torchvision onnxscript"
    fi
fi
mkdir -p "$folder"
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
# shellcheck disable=SC2086 # a list of words
"$venv/bin/pip" install -q --disable-pip-version-check $packages
