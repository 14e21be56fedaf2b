# shellcheck shell=bash
# How a program of the benchmarks is built: to be sourced, with the root of the project as working directory.

# shellcheck disable=SC2034 # for those who source this
bin=$PWD/target/bench/bin
lib=$PWD/target/bench/lib

# stale OUTPUT SOURCE...: whether it must be built: it is not there, or older than a source or how it is built.
stale() {
    local output=$1 source
    shift
    [ -e "$output" ] || return 0
    for source in "$@" tests/bench/*.sh tests/bench/peers/build.sh; do
        [ "$source" -nt "$output" ] && return 0
    done
    return 1
}

# program SOURCE OUTPUT FLAGS...: every symbol is bound at start, so that no first call pays for the linker.
# Objects and static libraries among the flags are sources too.
program() {
    local source=tests/bench/$1.c output=$bin/$2 flag sources
    shift 2
    sources=("$source" tests/bench/*.h tests/bench/subject/*.h include/*.h)
    for flag in "$@"; do
        case $flag in *.o | *.a) sources+=("$flag") ;; esac
    done
    stale "$output" "${sources[@]}" || return 0
    "${CC:-cc}" -std=gnu11 -O2 -g -Wall -Wextra -Werror -Iinclude -Itests/bench -o "$output" "$source" "$@" \
        -Wl,-z,now -pthread
}

# subject NAME FLAGS...: the programs that every logger has.
subject() {
    local name=$1 each
    shift
    for each in latency sustained new_stop; do
        program "$each" "$each-$name" "$@" || return
    done
    program latency "latency-$name-values" -DVALUES "$@"
}
