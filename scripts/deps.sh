#!/bin/sh
# deps.sh GROUP...
#
# Checks that the packages of the groups (build, lint, fuzz, oracle) are installed; says which are
# missing and what for, and installs them with apt-get (as root or through sudo). Does
# nothing when all is there. DEPS=no: only says what is missing.
set -eu

# group, package, what it is for
packages() {
    cat <<'LIST'
build gcc the compiler
build libc6-dev the C library's headers
build cmake configures the build
build ninja-build runs the build
build pkg-config finds the libraries
build libdnnl-dev oneDNN: the kernels of the networks
build libhwloc-dev hwloc: finds cores, caches and packages
build libjansson-dev jansson: reads and writes the JSON documents
build libsqlite3-dev SQLite: keeps the profiles
build libz3-dev Z3: a second opinion on schedules (optional)
build libcmocka-dev cmocka: the tests
lint clang-format formatting
lint clang-tidy static analysis
lint shellcheck checks the scripts
fuzz clang libFuzzer and the sanitizers
fuzz libclang-rt-14-dev the run-time library of libFuzzer
oracle python3-venv the Python environment that ONNX Runtime or OR-Tools is put into
LIST
}

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Without dpkg: what can be seen from outside.
other_system() {
    missing=
    for tool in cc cmake ninja pkg-config; do
        command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
    done
    if command -v pkg-config >/dev/null 2>&1; then
        for library in hwloc jansson sqlite3 cmocka; do
            pkg-config --exists "$library" || missing="$missing $library"
        done
    fi
    [ -z "$missing" ] && exit 0
    echo "Missing:$missing" >&2
    echo "This is no Debian: please install these with your package manager; oneDNN (dnnl) too." >&2
    echo "Debian's names for all that is needed:" >&2
    packages | while read -r _ package reason; do echo "  $package: $reason" >&2; done
    exit 1
}

command -v dpkg-query >/dev/null 2>&1 || other_system

missing=
for group in "$@"; do
    for package in $(packages | sed -n "s/^$group \([^ ]*\) .*/\1/p"); do
        installed "$package" || missing="$missing $package"
    done
done
[ -z "$missing" ] && exit 0

echo "Missing on this machine:"
for package in $missing; do
    packages | sed -n "s/^[a-z]* \($package\) \(.*\)/  \1: \2/p"
done
command="apt-get install -y --no-install-recommends$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
    as_root=sudo
fi
if [ "${DEPS:-yes}" = no ] || { [ -n "$as_root" ] && ! command -v sudo >/dev/null 2>&1; }; then
    echo "Install them as root: $command" >&2
    exit 1
fi
echo "Installing them: $command"
# shellcheck disable=SC2086 # both are lists of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive $command -q >/dev/null
echo "Installed."
