#!/usr/bin/env bash
# Builds the benchmarks, runs them interleaved, and prints the tables; called by `make bench`.
#
# Environment:
#   QUICK=1        a short run that only shows that everything works; its numbers mean nothing
#   BENCH_ROUNDS   how many rounds the medians are of, default 9
#   BENCH_LINES    lines of the sustained load, default 4000000
#   BENCH_DIR      directory for the logs, default target/bench
#   ALOG_LIB_DIR   directory of libalog.so, default target/release
#   CC             default cc
# Outputs: target/bench/results.md (the tables), target/bench/results.json (every result of every round).
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/env.sh

bin=$PWD/target/bench/bin
lib=$PWD/target/bench/lib
mkdir -p "$bin" "$lib"
# A copy: what is built meanwhile must not change what is measured.
cp "${ALOG_LIB_DIR:-target/release}/libalog.so" "$lib/"
ln -sf libalog.so "$lib/libalog.so.1"

# build PROGRAM OUTPUT FLAGS...: every symbol is bound at start, so that no first call pays for the linker.
build() {
    local program=$1 output=$2
    shift 2
    "${CC:-cc}" -std=gnu11 -O2 -g -Wall -Wextra -Werror -Iinclude -Itests/bench -o "$bin/$output" \
        "tests/bench/$program.c" "$@" -Wl,-z,now -pthread
}

alog=(-L"$lib" -lalog)
for program in latency sustained; do
    build "$program" "$program-alog" -DSUBJECT='"subject/alog.h"' "${alog[@]}"
    build "$program" "$program-stdio" -DSUBJECT='"subject/stdio.h"'
done
for stamp in 0 1 2; do
    build latency "latency-ring$stamp" -DSUBJECT='"subject/ring.h"' -DRING_STAMP="$stamp"
done
build sustained sustained-bytes -DSUBJECT='"subject/bytes.h"'
for program in life idle instructions; do
    build "$program" "$program" "${alog[@]}"
done
rm -f "$bin/go-calls"
if command -v go >/dev/null; then
    go -C tests/bench/go build -o "$bin/go-calls" .
fi

export LD_LIBRARY_PATH=$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export ALOG_LIBRARY=$lib/libalog.so # for Python
python3 tests/bench/collect.py
python3 tests/bench/render.py --check BENCHMARKS.md
