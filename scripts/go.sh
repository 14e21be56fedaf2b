#!/usr/bin/env bash
# Checks the Go package: its formatting, what vet finds, and its tests: plain, under the race detector, with every
# pointer checked that is passed to C, and linked to the static library. Other Go code is formatted and vetted.
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
