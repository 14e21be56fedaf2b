#!/usr/bin/env bash
# Checks the Go package: its formatting, what vet finds, and its tests: plain, under the race detector, with every
# pointer checked that is passed to C, and linked to the static library. Other Go code is formatted and vetted. Last, a
# program in C that has a part in Go.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

cd bindings/go
unformatted=$(gofmt -l . ../../examples ../../tests)
if [ -n "$unformatted" ]; then
    printf 'gofmt would change:\n%s\n' "$unformatted"
    exit 1
fi
for module in . ../../examples/together/service ../../examples/go ../../examples/demo/go ../../tests/bench/go; do
    go -C "$module" vet ./...
done
go test -count=1 ./...
go test -count=1 -race ./...
GOEXPERIMENT=cgocheck2 go test -count=1 ./...
go test -count=1 -tags alog_static ./...

cd ../..
out=target/go-host
rm -rf "$out"
mkdir "$out"
# shellcheck disable=SC2046 # the flags are separate words
cc -std=c99 -Wall -Wextra -Wpedantic -Werror -o "$out/host" tests/go/host.c $(pkg-config --cflags --libs alog) -ldl -pthread
go -C examples/together/service build -buildmode=c-shared -o "$PWD/$out/part.so" .
for end in return exit unload; do
    "$out/host" "$PWD/$out/part.so" "$out/$end.log" "$end"
    lines=$(grep -c ' INFO shop.payments - order [0-9]* is paid cents=100$' "$out/$end.log" || true)
    [ "$lines" = 2000 ] || { echo "a program in C that ends by $end: $lines of 2000 lines of its part in Go"; exit 1; }
done
echo "ok      a program in C with a part in Go"
