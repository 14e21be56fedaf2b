#!/usr/bin/env bash
# Runs the tests of C, Go and Python against a library whose Rust code is instrumented by AddressSanitizer too; in C and
# Go the programs are as well.
#
# rustc leaves the calls into the sanitizer's runtime open; gcc's own libasan serves them, which comes with the programs
# (-fsanitize=address, go -asan) and is loaded into Python. RUSTC_BOOTSTRAP opens -Zsanitizer on a stable compiler.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/beside.sh

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
    # They have an allocator of their own, which fails.
    contract_scarce*) ;;
    # It makes each store to a mapped file as a single step, and is built one way only.
    contract_kill) ;;
    *) programs+=("$name") ;;
    esac
done
sh tests/c/run.sh "${programs[@]}"
ASAN_OPTIONS=detect_leaks=0:exitcode=99 sh tests/c/run.sh contract_fork

# Leaks are not looked for: both languages keep what they have to the end.
export ASAN_OPTIONS=detect_leaks=0:exitcode=99
unset ALOG_LIB_DIR ALOG_VARIANTS

# Not those that fork while threads run, as above; nor those of the package itself, which does not depend on this.
in_python() {
    local left_out=(-p no:cacheprovider) file
    for file in fork prefork package types wheel; do
        left_out+=(--ignore "tests/test_$file.py")
    done
    cd bindings/python && ALOG_LIBRARY=$lib_dir/libalog.so PYTHONMALLOC=malloc LD_PRELOAD=$(cc -print-file-name=libasan.so) \
        "$python" -m pytest -q "${left_out[@]}" tests
}
# Not those that count what Go allocates, or how much memory the process takes: the sanitizer adds to both.
in_go() {
    local counted='^(TestTextsPassedToTheLibraryAreFreed|TestFieldsNeedNoMemory|TestWhatIsLoggedNeedNotBeOnTheHeap)$'
    cd bindings/go && CGO_LDFLAGS="-O2 -g -L$lib_dir" LD_LIBRARY_PATH=$lib_dir go test -asan -count=1 -skip "$counted" ./...
}
python=$PWD/target/venv/bin/python
beside target/asan/python.txt in_python in_go
