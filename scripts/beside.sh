# shellcheck shell=bash
# Two suites that wait more than they work, run beside each other: to be sourced.

# beside FILE ONE OTHER: calls two functions at once. What ONE says goes to FILE, and is shown behind what OTHER says. Fails
# if one of them does, when both have ended.
beside() {
    local one outcome=0
    "$2" >"$1" 2>&1 &
    one=$!
    ("$3") || outcome=$?
    wait "$one" || outcome=$?
    cat "$1"
    return "$outcome"
}
