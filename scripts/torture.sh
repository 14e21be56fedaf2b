#!/usr/bin/env bash
# What takes minutes: the loops of the tests of faults, a hundred times longer or for every number, and one table at the
# end. torture.sh [WORD]: only the tests of Rust whose names have that word. Bounded, and the same each time: each test says
# its seed, and ALOG_SEED gives another one.
#
# Rust: the tests that are marked as ignored, of any module, whose path has the word "torture", in the build of `make test`,
# with all its assertions. C: programs of the library as it is shipped, whose loops ALOG_TORTURE makes so many times as long.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

export ALOG_TORTURE=${ALOG_TORTURE:-10}
out=target/torture
rm -rf "$out"
mkdir -p "$out"
failed=0

# keep NAME COMMAND...: runs it, shows what it says, and keeps that for the table.
keep() {
    local name=$1
    shift
    printf '\n=== %s\n' "$name"
    "$@" 2>&1 </dev/null | tee "$out/$name.log" || failed=1
}

keep rust cargo test --locked --quiet --test promises -- "${1:-torture}" --ignored --nocapture --test-threads=1
if [ $# -eq 0 ]; then
    keep c env ALOG_VARIANTS=c99-shared sh tests/c/run.sh contract_dlopen contract_exit contract_fork_load contract_handle \
        contract_kill contract_scarce contract_signal contract_stop
fi

printf '\n=== what was found\n'
sed -n -e 's/^.*figures: /  /p' "$out/rust.log" | sed '/^  errno .* 0 faults/d'
if [ $# -eq 0 ]; then
    sed -n -e 's/^        /  /p' "$out/c.log"
fi
if [ "$failed" -ne 0 ]; then
    printf '\ntorture: something failed: %s\n' "$out"
    exit 1
fi
printf '\ntorture: all passed\n'
