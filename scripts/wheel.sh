#!/usr/bin/env bash
# Builds the Python package, as it is given away, into target/dist: a wheel for every Python 3 of this platform, with the
# library that `make lib` has built, and a source distribution, which cargo builds where it is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

dist=$PWD/target/dist
build='import os, sys; from setuptools import build_meta as it
dist, say = sys.argv[1], os.fdopen(3, "w")
for make in (it.build_sdist, it.build_wheel): print(make(dist), file=say, flush=True)'

rm -rf "$dist"
mkdir -p "$dist"
# Without what only a debugger reads.
carried=$PWD/target/wheel/libalog.so
mkdir -p "${carried%/*}"
cp "${ALOG_LIBRARY:-target/release/libalog.so}" "$carried"
strip --strip-debug "$carried"
cd bindings/python
ALOG_LIBRARY=$carried \
    ../../target/venv/bin/python -c "$build" "$dist" 3>&1 >../../target/wheel.log |
    while read -r name; do
        printf '%s  %s\n' "target/dist/$name" "$(du -h "$dist/$name" | cut -f 1)"
    done
