#!/bin/sh
# run.sh LIBRARY SOURCE [MODULE...]: tests of the Python binding, with a python3 that has pytest;
# numpy's absence leaves out those of inputs and outputs. The library lies as it is installed, with
# the modules of kernels where it looks for them.
set -eu
library=$1 source=$2
shift 2
for python in "${PYTHON-python3}" /usr/bin/python3; do
    "$python" -c 'import pytest' 2>/dev/null && break
    python=
done
if [ -z "$python" ]; then
    echo "skipped: no python3 here has pytest (Debian: python3-pytest)"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/haxconn"
cp "$library" "$folder/libhaxconn.so"
for module; do
    cp "$module" "$folder/haxconn/"
done
HAXCONN_LIBRARY=$folder/libhaxconn.so HAX_SOURCE=$source PYTHONPATH=$source/python \
    PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -p no:cacheprovider -q -rs --durations=5 "$source/tests/python"
