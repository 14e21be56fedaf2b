#!/usr/bin/env bash
# Builds the loggers that alog is compared with; called by run.sh. Quiet, and without the network, when all is there.
#
# One that cannot be built is named, leaves target/bench/missing/NAME with the reason in it, and is tried again next time.
# target/bench/peers/NAME.log has what its build said.
set -uo pipefail
cd "$(dirname "$0")/../../.."
. tests/bench/program.sh

missing=$PWD/target/bench/missing
objects=$PWD/target/bench/peers
venv=$PWD/target/bench/venv
mkdir -p "$bin" "$missing" "$objects"
rm -f "$missing"/*

# logged COMMAND...
logged() {
    printf '\n$ %s\n' "$*" >>"$log"
    "$@" >>"$log" 2>&1 </dev/null
}

# lacks NAME REASON: programs of an earlier build are not measured either.
lacks() {
    printf '%s\n' "$2" >"$missing/$1"
    printf 'bench: %s is missing: %s\n' "$1" "$2" >&2
    rm -f "$bin"/{latency,sustained,new_stop}-"$1" "$bin/latency-$1-values" "$bin/go-$1"
}

# try NAME COMMAND...: the reason is the line of its output that says so, or else the last one.
try() {
    local name=$1 reason log=$objects/$1.log
    shift
    : >"$log"
    "$@" && return
    reason=$(grep -aiE '^ *(error|fatal)|: error:|fatal error|^setup: .*(missing|could not)' "$log" | head -n 1)
    lacks "$name" "${reason:-$(tail -n 1 "$log")} (see ${log#"$PWD/"})"
}

spdlog() {
    pkg-config --exists spdlog fmt 2>/dev/null || echo 'bench: installing spdlog'
    local source=tests/bench/peers/spdlog/spdlog.cpp object=$objects/spdlog.o
    logged sh scripts/setup.sh spdlog || return
    # shellcheck disable=SC2046 # flags are words
    if stale "$object" "$source" tests/bench/subject/peer.h; then
        logged "${CXX:-c++}" -std=c++17 -O2 -Wall -Wextra -Itests/bench $(pkg-config --cflags spdlog) \
            -c -o "$object" "$source" || return
    fi
    # shellcheck disable=SC2046
    logged subject spdlog -DSUBJECT='"subject/peer.h"' "$object" $(pkg-config --libs spdlog) -lstdc++
}

rust() {
    local crates=tests/bench/peers/rust archive=$objects/rust/release/libpeer_$1.a
    if stale "$archive" "$crates"/Cargo.* "$crates/exports.rs" "$crates/$1"/*; then
        echo "bench: building $1"
        # Without the flags that .cargo/config.toml has for the library: as their users build them.
        logged env CARGO_TARGET_DIR="$objects/rust" RUSTFLAGS= \
            cargo build --release --locked --manifest-path "$crates/Cargo.toml" -p "peer-$1" || return
        touch "$archive"
    fi
    logged subject "$1" -DSUBJECT='"subject/peer.h"' "$archive" -lm -lgcc_s -ldl
}

golang() {
    command -v go >/dev/null || { echo 'error: there is no Go' >>"$log"; return 1; }
    logged go -C tests/bench/peers/go build -o "$bin/go-$1" "./$1"
}

python() {
    local requirement
    requirement=$(grep "^$1==" tests/bench/peers/python/requirements.txt)
    "$venv/bin/python" -c '' 2>/dev/null || logged python3 -m venv --clear "$venv" || return
    # The requirement is the mark of a finished installation.
    [ "$(cat "$venv/$1.installed" 2>/dev/null)" = "$requirement" ] && return
    echo "bench: installing $requirement"
    logged "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --retries 1 "$requirement" || return
    printf '%s\n' "$requirement" >"$venv/$1.installed"
}

try spdlog spdlog
for name in tracing slog flexi; do
    try "$name" rust "$name"
done
for name in zap zerolog phuslu; do
    try "$name" golang "$name"
done
for name in picologging structlog loguru; do
    try "$name" python "$name"
done
