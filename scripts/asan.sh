#!/usr/bin/env bash
# Runs the C contract tests against a library whose Rust code is instrumented by AddressSanitizer too.
#
# rustc leaves the calls into the sanitizer's runtime open; gcc's own libasan, which comes with the C tests
# (-fsanitize=address), serves them. RUSTC_BOOTSTRAP opens -Zsanitizer on a stable compiler.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

host=$(rustc -vV | sed -n 's/^host: //p')
RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address \
    cargo build --quiet --release --locked --target "$host" --target-dir target/asan
lib_dir=$PWD/target/asan/$host/release

# A library without instrumentation would pass every test and prove nothing.
if ! nm -D --undefined-only "$lib_dir/libalog.so" | grep __asan_report_ >/dev/null; then
    echo "asan: $lib_dir/libalog.so is not instrumented" >&2
    exit 1
fi

export ALOG_LIB_DIR=$lib_dir ALOG_VARIANTS=c99-asan
programs=()
for source in tests/c/*.c tests/c/*.cpp; do
    name=${source##*/}
    name=${name%.*}
    case $name in
    # A child of fork() holds what only its parent's threads could free: leaks by design, so they are not looked for.
    contract_fork) ;;
    # It forks while other threads allocate. glibc's malloc prepares for that; the sanitizer's does not (gcc 12), so
    # that a child waits for ever for a lock whose owner is in the parent. run.sh has it without the sanitizer.
    contract_fork_load) ;;
    # It has an allocator of its own, which fails.
    contract_scarce) ;;
    *) programs+=("$name") ;;
    esac
done
sh tests/c/run.sh "${programs[@]}"
ASAN_OPTIONS=detect_leaks=0:exitcode=99 sh tests/c/run.sh contract_fork
