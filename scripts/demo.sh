#!/usr/bin/env bash
# Logs a text file from C, Python and Go, each alone and then all three into one file, and verifies the result:
# demo.sh [FILE]. Everything is left in target/demo. The library is to be built (`make demo` does).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

out=target/demo
rm -rf "$out"
mkdir -p "$out"

description=$(python3 examples/demo/input.py "$out/input.txt" "$@")
# shellcheck disable=SC2046 # the flags are separate words
cc -std=gnu11 -O2 -Wall -Wextra -o "$out/c" examples/demo/c/demo.c $(pkg-config --cflags --libs alog) -pthread
go -C examples/demo/go build -o "$PWD/$out/go" .

# program NAME LOG: runs one of the three; its report is its standard output.
program() {
    case $1 in
        python) PYTHONPATH=bindings/python/src python3 examples/demo/python/demo.py "$out/input.txt" "$2" ;;
        *) "$out/$1" "$out/input.txt" "$2" ;;
    esac
}

for name in c python go; do
    program "$name" "$out/$name.log" >"$out/$name.report"
done

running=()
for name in c python go; do
    program "$name" "$out/together.log" >"$out/$name.together" &
    running+=($!)
done
for process in "${running[@]}"; do
    wait "$process"
done

python3 examples/demo/verify.py "$out" "$description"
