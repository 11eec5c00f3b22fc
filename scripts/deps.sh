#!/bin/sh
# deps.sh GROUP...
#
# Checks that the packages of the groups (build, test, lint, fuzz, oracle, arm64, deb) are installed; says which are
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
test g++ the tests: public headers and installed library in C++
test python3 the tests: stand-ins for TensorRT, times retold
test python3-pytest the tests: the Python binding
test python3-numpy the tests: networks' inputs and outputs in Python
lint clang-format formatting
lint clang-tidy static analysis
lint shellcheck checks the scripts
fuzz clang libFuzzer and the sanitizers
fuzz libclang-rt-14-dev the run-time library of libFuzzer
arm64 gcc-aarch64-linux-gnu the compiler that makes programs for Arm
arm64 libc6-dev-arm64-cross its C library's headers
arm64 qemu-user-static runs those programs
arm64 libhwloc-dev:arm64 hwloc for Arm
arm64 libjansson-dev:arm64 jansson for Arm
arm64 libsqlite3-dev:arm64 SQLite for Arm
arm64 libcmocka-dev:arm64 cmocka for Arm
deb dpkg-dev builds packages
deb debhelper the steps of it
deb dh-python those of the Python module
deb lintian checks the packages
oracle python3-venv the Python environment that ONNX Runtime or OR-Tools is put into
LIST
}

# Of this architecture, or of that which the name tells: others may be installed beside it.
installed() {
    case $1 in
    *:*) dpkg-query -W -f '${db:Status-Status}\n' "$1" ;;
    *) dpkg-query -W -f '${Architecture} ${db:Status-Status}\n' "$1" |
        sed -n "s/^\(all\|$(dpkg --print-architecture)\) //p" ;;
    esac 2>/dev/null | grep -qx installed
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
    packages | sed -n "s/^[a-z0-9]* \($package\) \(.*\)/  \1: \2/p"
done
command="apt-get install -y --no-install-recommends$missing"
# apt knows packages of another architecture once dpkg is told of it.
foreign=
case " $* " in
*" arm64 "*) foreign="dpkg --add-architecture arm64" ;;
esac
by_hand="Install them as root: ${foreign:+$foreign && }apt-get update && $command"
as_root=
if [ "$(id -u)" != 0 ]; then
    as_root=sudo
fi
if [ "${DEPS:-yes}" = no ]; then
    echo "$by_hand" >&2
    exit 1
fi
if [ -n "$as_root" ] && ! command -v sudo >/dev/null 2>&1; then
    echo "You are not root, and there is no sudo here. $by_hand" >&2
    echo "Then call make again as yourself." >&2
    exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs a command of apt; it says little on the way, the whole when it fails.
apt() {
    # shellcheck disable=SC2086 # both are lists of words
    { $as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@" 2>&1; echo "ended with $?"; } |
        tee "$log" | awk '
        function told(what, count) {
            if (total && (count % 25 == 0 || count == total)) {
                printf "  %s %d of %d packages\n", what, count, total
                fflush()
            }
        }
        / newly installed, / { total = $3 }
        /^Need to get / { printf "  %d packages, %s %s to get\n", total, $4, $5; fflush() }
        total && /^Get:/ { told("fetched", ++fetched) }
        /^Unpacking / { told("unpacked", ++unpacked) }
        /^Setting up / { told("set up", ++ready) }
        /^ended with / { code = $3 }
        END { exit code }' && return
    sed '/^ended with [0-9]*$/d' "$log" >&2
    echo "That failed: $*" >&2
    echo "$by_hand" >&2
    echo "Then call make again." >&2
    exit 1
}

echo "Installing them and what they need; this takes a minute or two: $command"
# shellcheck disable=SC2086 # a list of words
[ -z "$foreign" ] || apt $foreign
apt apt-get update
# shellcheck disable=SC2086 # a list of words
apt $command
# What was configured without them is configured again.
rm -f build/build.ninja build-*/build.ninja
echo "Installed."
