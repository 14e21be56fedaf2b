#!/usr/bin/env bash
# Formatting and lints of the Rust code, its documentation, and the shell scripts. A tool that is not there is named, and left out.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

# A newer clippy knows lints that this code has not met: they are shown, but fail nothing.
CLIPPY_KNOWN=0.1.95

if cargo fmt --version >/dev/null 2>&1; then
    cargo fmt --check
else
    echo "rustfmt is not installed: formatting not checked"
fi

if version=$(cargo clippy --version 2>/dev/null | cut -d ' ' -f 2) && [ -n "$version" ]; then
    strictness=()
    if [ "$(printf '%s\n' "$version" "$CLIPPY_KNOWN" | sort -V | tail -n 1)" = "$CLIPPY_KNOWN" ]; then
        strictness=(-- -D warnings)
    fi
    cargo clippy --quiet --locked --all-targets --all-features "${strictness[@]}"
else
    echo "clippy is not installed: lints not checked"
fi

# The oldest Rust that is promised. A distribution's own may be that one.
oldest=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
if rustup toolchain install "$oldest" --profile minimal --no-self-update >/dev/null 2>&1; then
    cargo "+$oldest" check --quiet --locked --features log,tracing,command --target-dir target/oldest
else
    echo "Rust $oldest cannot be had: the library is compiled with $(rustc --version) alone"
fi

# Links that lead nowhere, examples that are no code.
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --no-deps --all-features

if command -v shellcheck >/dev/null; then
    git ls-files -z --cached --others --exclude-standard '*.sh' .ci/run | xargs -0 shellcheck -x --severity=warning
else
    echo "shellcheck is not installed: shell scripts not checked"
fi
