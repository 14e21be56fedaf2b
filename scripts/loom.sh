#!/usr/bin/env bash
# Explores every interleaving of the lock-free parts, up to the number of preemptions that the models set.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

RUSTFLAGS="--cfg loom" cargo test --quiet --locked --release --lib --target-dir target/loom model
