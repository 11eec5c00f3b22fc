#!/bin/sh
# use.sh BUILD SOURCE CMAKE CC [CXX]
#
# Installs the build into a folder, moves that, and uses the library from there: by pkg-config and by
# CMake's find_package, shared and static, from C11 and C++11. An installed library knows nothing of
# the build folder: neither as a text in a file nor when its module is missing.
set -eu
build=$1 source=$2 cmake=$3 cc=$4 cxx=${5-}
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset DESTDIR
if ! command -v pkg-config >/dev/null 2>&1; then
    echo "skipped: no pkg-config here"
    exit 77
fi
"$cmake" --install "$build" --prefix "$folder/first" >"$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    exit 1
}
prefix=$folder/moved
mv "$folder/first" "$prefix"

failed=0
fail() {
    echo "$*" >&2
    failed=1
}
for file in man/man1/haxconn.1 man/man1/haxconn-run.1 bash-completion/completions/haxconn \
    zsh/site-functions/_haxconn; do
    [ -s "$prefix/share/$file" ] || fail "share/$file is not there"
done
lib=$(dirname "$(find "$prefix" -name libhaxconn.a)")
# The module is there if oneDNN was when this was built.
if [ -f "$lib/haxconn/haxconn-onednn.so" ]; then kernels=oneDNN; else kernels=portable; fi

# run WHAT PROGRAM: it works and finds the kernels
run() {
    if ! LD_LIBRARY_PATH=$lib "$2" >"$folder/out" 2>&1; then
        fail "$1: does not work: $(cat "$folder/out")"
    elif ! grep -q "^$kernels.* 6\$" "$folder/out"; then
        fail "$1: not on $kernels: $(cat "$folder/out")"
    fi
}

# What pkg-config says, with the prefix that the tree was moved to.
package() {
    PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --define-variable=prefix="$prefix" "$@" haxconn
}
warn="-Wall -Wextra -Wpedantic -Werror"
for language in c11 c++11; do
    if [ "$language" = c11 ]; then compile="$cc -std=c11 -x c"; else compile="$cxx -std=c++11 -x c++"; fi
    if [ "$language" = c++11 ] && [ -z "$cxx" ]; then continue; fi
    # shellcheck disable=SC2046,SC2086 # lists of words
    $compile $warn "$here/program.c" -x none -o "$folder/shared" $(package --cflags --libs) ||
        fail "$language: cannot be compiled with the shared library"
    run "$language, shared" "$folder/shared"
    # shellcheck disable=SC2046,SC2086
    $compile $warn "$here/program.c" -x none -o "$folder/static" $(package --cflags) \
        "$lib/libhaxconn.a" $(package --static --libs | sed 's/-lhaxconn//') ||
        fail "$language: cannot be compiled with the static library"
    # Elsewhere than the library, it asks where that was installed, which here is another folder.
    mkdir -p "$prefix/bin"
    mv "$folder/static" "$prefix/bin/static"
    run "$language, static" "$prefix/bin/static"
done

mkdir "$folder/project"
cat >"$folder/project/CMakeLists.txt" <<'PROJECT'
cmake_minimum_required(VERSION 3.22)
project(user LANGUAGES C)
find_package(haxconn 0.1 REQUIRED)
add_executable(user program.c)
target_link_libraries(user PRIVATE haxconn::haxconn)
PROJECT
cp "$here/program.c" "$folder/project/program.c"
if "$cmake" -S "$folder/project" -B "$folder/project/build" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_C_COMPILER="${cc}" >"$folder/log" 2>&1 &&
    "$cmake" --build "$folder/project/build" >>"$folder/log" 2>&1; then
    run "find_package" "$folder/project/build/user"
else
    fail "find_package(haxconn): $(cat "$folder/log")"
fi

"$prefix/bin/haxconn" units >"$folder/out" 2>&1 || fail "the tool: $(cat "$folder/out")"
# Where it was configured to be is another place that counts, where somebody has installed it.
configured=$(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --variable=libdir haxconn)
if [ "$kernels" = oneDNN ]; then
    grep -q oneDNN "$folder/out" || fail "the tool finds no oneDNN: $(cat "$folder/out")"
fi
if [ "$kernels" = oneDNN ] && [ ! -e "$configured/haxconn" ]; then
    mv "$lib/haxconn" "$lib/gone"
    "$prefix/bin/haxconn" units >"$folder/out" 2>&1 || fail "the tool: $(cat "$folder/out")"
    LD_LIBRARY_PATH=$lib "$folder/shared" >>"$folder/out" 2>&1 || fail "$(cat "$folder/out")"
    if grep -q '(avx\|(sse\|(asimd\|(sve' "$folder/out"; then
        fail "a module from elsewhere was loaded: $(cat "$folder/out")"
    fi
    mv "$lib/gone" "$lib/haxconn"
fi

# Debug information says where it was compiled, so that goes first.
for file in "$prefix/bin/haxconn" "$lib"/libhaxconn.a "$lib"/libhaxconn.so "$lib"/haxconn/*.so; do
    [ -f "$file" ] || continue
    strip -g -o "$folder/stripped" "$file"
    for place in "$build" "$source"; do
        if strings "$folder/stripped" | grep -F "$place" >"$folder/out"; then
            fail "$file names $place: $(head -3 "$folder/out")"
        fi
    done
done
[ "$failed" = 0 ] || exit 1
if [ -z "$cxx" ]; then
    echo "skipped: no C++ compiler here (Debian: g++); C11 was tried"
    exit 77
fi
