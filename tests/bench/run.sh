#!/usr/bin/env bash
# Builds the benchmarks, runs them interleaved, and prints the tables; called by `make bench`.
#
# Environment:
#   QUICK=1        a short run that only shows that everything works; its numbers mean nothing
#   BENCH_ROUNDS   how many rounds the medians are of, default 9
#   BENCH_LINES    lines of the sustained load, default 4000000; others than alog and the limits get a quarter
#   BENCH_DIR      directory for the logs, default target/bench
#   ALOG_LIB_DIR   directory of libalog.so, default target/release
#   CC, CXX        default cc, c++
# Outputs: target/bench/results.md (the tables), target/bench/results.json (every result of every round).
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/env.sh

bash tests/bench/build.sh
bash tests/bench/peers/build.sh

lib=$PWD/target/bench/lib
export LD_LIBRARY_PATH=$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export ALOG_LIBRARY=$lib/libalog.so # for Python
python3 tests/bench/collect.py
python3 tests/bench/render.py --check BENCHMARKS.md
