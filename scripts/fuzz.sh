#!/usr/bin/env bash
# Fuzzes whatever reads what the program did not write itself, guided by coverage: fuzz.sh [SECONDS] [TARGET...]
#
# Without SECONDS each target makes a fixed number of runs with a fixed seed, as `make fuzz` does; with SECONDS each takes
# so long, on all processors, and what is new is kept in target/fuzz/TARGET. The corpora are in fuzz/corpus/TARGET. An input
# that ends a target is left in target/fuzz/TARGET-...; it becomes a test, and a file of the corpus.
#
# The coverage comes from LLVM's own pass, which the compiler has in every release; AddressSanitizer is opened by
# RUSTC_BOOTSTRAP. libFuzzer is compiled by the C++ compiler.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

RUNS=20000
SEED=1
seconds=
case ${1:-} in
[0-9]*)
    seconds=$1
    shift
    ;;
esac

host=$(rustc -vV | sed -n 's/^host: //p')
flags=(--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module -Ccodegen-units=1
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares)
RUSTC_BOOTSTRAP=1 RUSTFLAGS="${flags[*]}" \
    cargo build --quiet --release --locked --manifest-path fuzz/Cargo.toml --target "$host" --target-dir target/fuzz-build
programs=$PWD/target/fuzz-build/$host/release

if [ $# -eq 0 ]; then
    for source in fuzz/targets/*.rs; do
        set -- "$@" "$(basename "$source" .rs)"
    done
fi
export TMPDIR=$PWD/target/fuzz/tmp
rm -rf "$TMPDIR"
mkdir -p "$TMPDIR"
for target in "$@"; do
    found=target/fuzz/$target
    mkdir -p "$found"
    runs=$RUNS
    [ "$target" != remains ] || runs=$((RUNS / 10)) # each makes files
    bound=(-runs=$runs -seed=$SEED)
    [ -z "$seconds" ] || bound=(-max_total_time="$seconds")
    log=target/fuzz/$target.log
    # A target with threads that outlive a run would be called leaking: leaks are what the contract tests look for.
    if ! "$programs/$target" "${bound[@]}" -max_len=4096 -timeout=20 -rss_limit_mb=4096 -detect_leaks=0 -print_final_stats=1 \
        -artifact_prefix="target/fuzz/$target-" "$found" "fuzz/corpus/$target" >"$log" 2>&1; then
        tail -n 60 "$log"
        echo "FAILED  fuzz $target"
        exit 1
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    cov=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    echo "ok      fuzz $target: $runs runs, $cov edges covered"
done
