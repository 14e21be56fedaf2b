#!/usr/bin/env bash
# Runs every test of the project, and stops at the first that fails; called by `make test`.
# The last line is "N passed, 0 failed", where N counts the steps below.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

passed=0

# step HEADING COMMAND...
step() {
    local heading=$1 begin=$SECONDS
    shift
    printf '\n=== %s\n' "$heading"
    if ! "$@" </dev/null; then
        printf '\nfailed: %s\n%d passed, 1 failed\n' "$heading" "$passed"
        exit 1
    fi
    passed=$((passed + 1))
    printf -- '--- %d s\n' "$((SECONDS - begin))"
}

step "formatting and lints" bash scripts/lint.sh
step "Rust" cargo test --locked --quiet
step "Rust, with faults injected into the writer thread" cargo test --locked --quiet --features fault-injection
step "Rust: the adapters to log and tracing" cargo test --locked --quiet --features log,tracing adapter
step "the program alog, on files that the library wrote" cargo test --locked --quiet --features command --bin alog --test command
step "loom: every interleaving of the lock-free parts" bash scripts/loom.sh
step "C and C++: the contract, and the headers" env ALOG_VARIANTS="c99-shared c99-static cxx-shared headers" sh tests/c/run.sh
step "C and C++: what the macros and the wrapper become under clang" env CC=clang CXX=clang++ \
    ALOG_VARIANTS="c99-shared cxx-shared" sh tests/c/run.sh contract_fields contract_hpp contract_log contract_log_field contract_site
step "C and C++: undefined behaviour in what the macros and the wrapper become" env ALOG_VARIANTS="c99-ubsan" sh tests/c/run.sh \
    contract_bytes contract_fields contract_hook contract_hpp contract_log contract_log_field contract_site contract_source contract_terminate
step "C: programs of the last release run with this one" bash scripts/abi.sh check
step "C and C++: programs that use an installed alog" sh tests/c/consumer.sh
step "fuzzing: every parser and sequences of calls, a fixed number of runs" bash scripts/fuzz.sh
step "C, Go, Python: tests again, the library and what is compiled under AddressSanitizer" bash scripts/asan.sh
step "Python: the package, installed, and its types" bash scripts/python.sh
step "Go: gofmt, vet, tests, race detector, cgo pointer checks" bash scripts/go.sh
step "examples" bash scripts/examples.sh
step "demo" bash scripts/demo.sh README.md

printf '\n%d passed, 0 failed\n' "$passed"
