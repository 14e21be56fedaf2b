#!/usr/bin/env bash
# The binary interface of the C library, as libabigail describes it: abi.sh [write|check].
#
#   write   tests/abi/alog-VERSION.abi, for the version in Cargo.toml: `make abi`, once for each release
#   check   what include/alog.h declares now may be used by every program that was compiled against the newest
#           description in tests/abi; and that changes which break programs are found, on copies of the header
#
# Described is a library of traps made from the header (bindings/c/header.py), for what a program was compiled against
# is the header. That the real library exports these functions, with these layouts, is what `cargo test --test checks`
# compares. Values of constants are in its ledger, too. tests/abi/accepted.suppr says which changes are meant.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

out=target/abi
rm -rf "$out"
mkdir -p "$out"
soname=libalog.so.$(sed -n 's/^#define ALOG_ABI_VERSION \([0-9]*\)$/\1/p' include/alog.h)

# describe HEADER TO: the description of the library that has this header.
describe() {
    local build=$out/build
    rm -rf "$build"
    mkdir "$build"
    cp "$1" "$build/alog.h"
    PYTHONDONTWRITEBYTECODE=1 python3 bindings/c/header.py "$build/alog.h" >"$build/stub.c"
    gcc -std=c99 -g -shared -fPIC -Wl,-soname,"$soname" -I"$build" -o "$build/libalog.so" "$build/stub.c"
    abidw --no-architecture --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed \
        --out-file "$2" "$build/libalog.so"
}

# is_compatible OLD NEW: what is added is nobody's harm. The report goes to $out/report.
is_compatible() {
    abidiff --no-added-syms --suppressions tests/abi/accepted.suppr "$1" "$2" >"$out/report" 2>&1
}

# refuses WHAT SED: the header, changed by the sed script, is not compatible.
refuses() {
    sed "$2" include/alog.h >"$out/alog.h"
    ! cmp -s "$out/alog.h" include/alog.h || { echo "FAILED  nothing in alog.h was changed by: $2"; exit 1; }
    describe "$out/alog.h" "$out/changed.abi"
    if is_compatible "$released" "$out/changed.abi"; then
        echo "FAILED  $1 passes for compatible"
        exit 1
    fi
    echo "ok      refused: $1"
}

case ${1:-check} in
write)
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
    describe include/alog.h "tests/abi/alog-$version.abi"
    echo "wrote tests/abi/alog-$version.abi"
    ;;
check)
    released=$(printf '%s\n' tests/abi/alog-*.abi | sort -V | tail -n 1)
    describe include/alog.h "$out/now.abi"
    if ! is_compatible "$released" "$out/now.abi"; then
        cat "$out/report"
        echo "FAILED  programs compiled against ${released##*/} may not run with include/alog.h"
        exit 1
    fi
    echo "ok      programs compiled against ${released##*/} run with include/alog.h"
    refuses "a function that is gone" '/^alog_status alog_poll_error(/,/;$/d'
    refuses "an argument of another width" '/^alog_status alog_flush(/,/;$/s/int64_t timeout_ms/int32_t timeout_ms/'
    refuses "a member of another type" '/^typedef struct alog_error {/,/^}/s/int32_t os_error/int64_t os_error/'
    refuses "a member that is gone" '/^typedef struct alog_sink_stats {/,/^}/s/uint64_t filtered;//'
    refuses "a larger struct" 's/char message\[256\]/char message[512]/'
    ;;
*)
    echo "abi.sh [write|check]" >&2
    exit 2
    ;;
esac
