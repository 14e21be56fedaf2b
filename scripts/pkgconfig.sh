#!/bin/sh
# Writes target/pkgconfig/alog.pc: with PKG_CONFIG_PATH=target/pkgconfig, programs build against this tree.
# It is the file that `make install` makes, but for its paths, and for the one of the shared library at run time.
set -eu
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
native_libs=$(sed -n 's/^native_libs="\(.*\)"/\1/p' bindings/c/install.sh)
mkdir -p target/pkgconfig
# shellcheck disable=SC2016 # ${libdir} is for pkg-config
sed -e "s|@VERSION@|$version|" -e "s|@PC_PREFIX@|$PWD|" -e 's|@PC_LIBDIR@|${prefix}/target/release|' \
    -e "s|@NATIVE_LIBS@|$native_libs|" -e 's|^Libs: .*|& -Wl,-rpath,${libdir}|' \
    bindings/c/alog.pc.in >target/pkgconfig/alog.pc.new
mv target/pkgconfig/alog.pc.new target/pkgconfig/alog.pc
