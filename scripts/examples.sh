#!/usr/bin/env bash
# Builds and runs every example against this tree; each has to end with status 0 and log something.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

root=$PWD
out=$root/target/examples
rm -rf "$out"
mkdir -p "$out/run"
cd "$out/run" # some write files into their working directory

# run NAME COMMAND...
run() {
    local name=$1 log=$out/${1//\//-}.out
    shift
    if ! "$@" >"$log" 2>&1 || ! [ -s "$log" ]; then
        cat "$log"
        echo "FAILED  $name"
        exit 1
    fi
    echo "ok      $name"
}

for source in "$root"/examples/c/*.c; do
    name=$(basename "$source" .c)
    # shellcheck disable=SC2046 # the flags are separate words
    cc -std=c99 -Wall -Wextra -Wpedantic -Werror -o "$out/$name" "$source" $(pkg-config --cflags --libs alog) -pthread
    run "c/$name.c" "$out/$name"
done
for source in "$root"/examples/c/*.cpp; do
    name=$(basename "$source" .cpp)
    # shellcheck disable=SC2046
    c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -o "$out/$name-cpp" "$source" $(pkg-config --cflags --libs alog) -pthread
    run "c/$name.cpp" "$out/$name-cpp"
done
for source in "$root"/examples/rust/*.rs; do
    run "rust/$(basename "$source")" cargo run --quiet --locked --example "$(basename "$source" .rs)"
done
for source in "$root"/examples/python/*.py; do
    PYTHONPATH=$root/bindings/python/src run "python/$(basename "$source")" python3 "$source"
done
go -C "$root/examples/go" build -o "$out/go-example" .
go -C "$root/examples/go" build -o "$out/go-record" ./record
run go/record/main.go "$out/go-record"
run go/main.go "$out/go-example"

# Python, C and Go in one process: the parts ask for libalog.so.1, and get the one that Python has loaded.
together=$out/together
mkdir "$together"
# shellcheck disable=SC2046
cc -std=c99 -Wall -Wextra -Wpedantic -Werror -O2 -fPIC -shared -o "$together/libprices.so" "$root/examples/together/prices.c" \
    $(pkg-config --cflags --libs alog)
go -C "$root/examples/together/service" build -buildmode=c-shared -o "$together/libpayments.so" .
PYTHONPATH=$root/bindings/python/src run together/together.py python3 "$root/examples/together/together.py" "$together"
PYTHONPATH=$root/bindings/python/src python3 "$root/examples/together/verify.py" "$out/together-together.py.out"
echo "ok      together: order, places and account"
