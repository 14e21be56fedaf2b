#!/usr/bin/env bash
# Builds what is measured of alog itself, and the limits that it is held to; called by run.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/bench/program.sh

mkdir -p "$bin" "$lib"
# A copy: what is built meanwhile must not change what is measured.
cp "${ALOG_LIB_DIR:-target/release}/libalog.so" "$lib/"
ln -sf libalog.so "$lib/libalog.so.1"

alog=(-DSUBJECT='"subject/alog.h"' -L"$lib" -lalog)
subject alog "${alog[@]}"
program latency latency-alog-macro -DVALUES -DALOG_MACRO "${alog[@]}"
for each in life idle instructions; do
    program "$each" "$each" "${alog[@]}"
done
subject stdio -DSUBJECT='"subject/stdio.h"'
for stamp in 0 1 2 3; do
    program latency "latency-ring$stamp" -DSUBJECT='"subject/ring.h"' -DRING_STAMP="$stamp"
done
program sustained sustained-bytes -DSUBJECT='"subject/bytes.h"'

rm -f "$bin/go-calls"
if command -v go >/dev/null; then
    go -C tests/bench/go build -o "$bin/go-calls" .
fi
