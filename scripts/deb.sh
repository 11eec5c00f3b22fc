#!/bin/sh
# deb.sh FOLDER
#
# Debian packages of the last commit, in FOLDER/*.deb, and the versioned source they are made of, in
# FOLDER/haxconn-VERSION.tar.gz. The version is that of include/haxconn/version.h, the date that of
# the commit, so that the same commit gives the same packages.
set -eu
mkdir -p "$1"
folder=$(cd "$1" && pwd)
version=$(sed -n 's/^#define HAX_VERSION "\(.*\)"/\1/p' include/haxconn/version.h)
name=haxconn-$version
git archive --prefix="$name/" -o "$folder/$name.tar.gz" HEAD
rm -rf "${folder:?}/$name"
tar -C "$folder" -xzf "$folder/$name.tar.gz"
cd "$folder/$name"
cp -r packaging/debian debian
SOURCE_DATE_EPOCH=$(git -C "$OLDPWD" log -1 --format=%ct)
export SOURCE_DATE_EPOCH
printf 'haxconn (%s) unstable; urgency=medium\n\n  * What changed is in CHANGELOG.md.\n\n -- %s  %s\n' \
    "$version" "$(sed -n 's/^Maintainer: //p' debian/control)" \
    "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" >debian/changelog
rm -f ../*.deb
dpkg-buildpackage -us -uc -b ${DEB_HOST:+--host-arch="$DEB_HOST"} >"../$name.log" 2>&1 || {
    tail -n 30 "../$name.log"
    echo "the packages were not built; all of it is in $folder/$name.log" >&2
    exit 1
}
rm -r "${folder:?}/$name"
ls "$folder"/*.deb
