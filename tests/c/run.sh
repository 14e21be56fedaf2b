#!/bin/sh
# Compiles and runs the contract tests of the C ABI; one line a program, then "N passed, M failed".
#
# Every program in C is built four ways: as C99 (contract_log_field as C11) against the shared library, as C99
# against the static one, as C++11 against the shared one, and as C99 with AddressSanitizer (but for
# contract_fork_load: the sanitizer's allocator does not provide for fork, so a lock of it that is held at a fork
# stays locked in the child; and for contract_scarce, which has an allocator of its own). contract_kill, which takes as
# long as all others, is built the first way only. Programs in C++ are built as C++11 and as C++20, and as C++17 with
# AddressSanitizer.
# The headers are compiled alone, twice, before and after others, and with the programs that use their macros,
# under every standard they promise, by gcc and by clang (CC, CXX, CLANG, CLANGXX): one that is missing fails the run.
#
# Usage: sh tests/c/run.sh [PROGRAM...]     for example: sh tests/c/run.sh contract_fork corpus
# Environment:
#   ALOG_LIB_DIR   directory of libalog.so and libalog.a, default target/release
#   ALOG_VARIANTS  which of "c99-shared c99-static cxx-shared c99-asan headers" to run, default all; and "c99-ubsan", in
#                  which undefined behaviour of the headers' macros and of the tests ends the program
#   ALOG_TORTURE   how many times as long the loops of tests of faults run, default 1
#   CC, CXX        default gcc, g++
#   CLANG, CLANGXX the second compilers of "headers", default clang, clang++
# Exit status: 0 if and only if nothing failed. Outputs go to a directory of each run's own under target/c-tests,
# which stays only if something failed.
set -u
cd "$(dirname "$0")/../.." || exit 2
root=$(pwd)
out=$root/target/c-tests/$$
lib=$(cd "${ALOG_LIB_DIR:-target/release}" 2>/dev/null && pwd) || lib=
variants=${ALOG_VARIANTS:-c99-shared c99-static cxx-shared c99-asan headers}
cc=${CC:-gcc}
cxx=${CXX:-g++}
clang=${CLANG:-clang}
clangxx=${CLANGXX:-clang++}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
native=$(sed -n 's/^native_libs="\(.*\)"/\1/p' bindings/c/install.sh)
strict="-Wall -Wextra -Wpedantic -Werror"
seconds=$((300 * ${ALOG_TORTURE:-1})) # after which a program counts as hanging

tools="$cc $cxx"
case " $variants " in *" headers "*) tools="$tools $clang $clangxx" ;; esac
for tool in $tools; do
    command -v "$tool" >/dev/null || { echo "no compiler \"$tool\"" >&2; exit 2; }
done
for file in libalog.so libalog.so.1 libalog.a; do
    [ -n "$lib" ] && [ -e "$lib/$file" ] || { echo "no \"$file\" in \"${ALOG_LIB_DIR:-target/release}\": build first" >&2; exit 2; }
done
mkdir -p "$out/tmp" || exit 2
export TMPDIR="$out/tmp"
passed=0
failed=0

# verdict NAME LOG STATUS: prints the line of one program with the figures of its tests, and its output if it failed.
verdict() {
    if [ "$3" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok      $1"
        sed -n 's/^figures: /        /p' "$2"
    else
        failed=$((failed + 1))
        echo "FAILED  $1 (status $3)"
        tail -n 60 "$2" | cut -c 1-240 | sed 's/^/        /'
    fi
}

# program VARIANT NAME COMPILER FLAGS LIBRARIES: builds and runs one program.
program() {
    binary=$out/$1/$2
    log=$binary.out
    flags=$4
    libraries=$5
    arguments=
    mkdir -p "$out/$1"
    case $2 in
    corpus) arguments="$root/tests/corpus/cases.tsv $root/tests/corpus/config.tsv $root/tests/corpus/records.tsv" ;;
    contract_dlopen) arguments=$lib/libalog.so libraries= ;; # not linked: it loads the library itself
    contract_plugin) # not linked: it loads a plugin that has the static library in it
        arguments=$binary.plugin.so libraries=
        # shellcheck disable=SC2086 # flags are lists
        $3 $4 $strict -g -Iinclude -fPIC -shared tests/c/module/plugin.c -x none -o "$arguments" \
            "$lib/libalog.a" $native -pthread >"$log" 2>&1 || { verdict "$1 $2" "$log" 1; return; }
        ;;
    contract_log_field) flags=$(echo "$flags" | sed 's/=c99/=c11/') ;; # its macro begins with C11
    contract_source) # loads a module that logs through the library of the program
        arguments=$binary.module.so flags="$flags -rdynamic"
        # shellcheck disable=SC2086 # flags are lists
        $3 $4 $strict -g -Iinclude -fPIC -shared tests/c/module/module.c -x none -o "$arguments" >"$log" 2>&1 ||
            { verdict "$1 $2" "$log" 1; return; }
        ;;
    esac
    source=tests/c/$2.c
    [ -e "$source" ] || source=tests/c/$2.cpp
    case $1,$2 in
    c99-asan,contract_fork_load | c99-asan,contract_scarce*) return ;; # see the head of this file
    c99-shared,contract_kill) ;;
    *,contract_kill) return ;; # as above
    # What the parent's threads held has no owner in a child, and counts as leaked there.
    c99-asan,contract_fork) export ASAN_OPTIONS="$asan:detect_leaks=0" ;;
    *) export ASAN_OPTIONS="$asan" ;;
    esac
    # shellcheck disable=SC2086 # flags are lists
    $3 $flags $strict -g -Iinclude -DEXPECTED_VERSION="\"$version\"" "$source" -x none -o "$binary" \
        -pthread $libraries -ldl >"$log" 2>&1 &&
        timeout -k 10 "$seconds" "$binary" $arguments >"$log" 2>&1 </dev/null
    verdict "$1 $2" "$log" $?
}

# header COMPILER LANGUAGE STANDARD HEADER: the header with nothing before it, twice, before and after others.
header() {
    log=$out/header.out
    source=$out/header.c
    status=0
    others="assert errno limits signal stddef stdint stdio stdlib string time pthread unistd"
    for order in first last; do
        {
            case $order in last) for other in $others; do echo "#include <$other.h>"; done ;; esac
            echo "#include <$4>"
            echo "#include <$4>"
            case $order in first) for other in $others; do echo "#include <$other.h>"; done ;; esac
            echo "int main(void) { return 0; }"
        } >"$source"
        # shellcheck disable=SC2086
        "$1" -x "$2" "-std=$3" $strict -Iinclude -fsyntax-only "$source" >"$log" 2>&1 || { status=$?; break; }
    done
    verdict "headers $4 $1 $3" "$log" "$status"
}

# use COMPILER LANGUAGE STANDARD SOURCE: a program that uses the macros of the headers compiles.
use() {
    # shellcheck disable=SC2086
    "$1" -x "$2" "-std=$3" $strict -O2 -Iinclude -c -o "$out/use.o" "$4" >"$out/use.out" 2>&1
    verdict "headers used by ${4##*/} $1 $3" "$out/use.out" $?
}

# refuse COMPILER LANGUAGE STANDARD STATEMENT TEXT: it does not compile, and the compiler says TEXT.
refuse() {
    source=$out/refuse.c
    printf '#include <alog_log.h>\nvoid use(alog_logger log);\nvoid use(alog_logger log) { %s; }\n' "$4" >"$source"
    # shellcheck disable=SC2086
    if "$1" -x "$2" "-std=$3" $strict -Iinclude -fsyntax-only "$source" >"$out/refuse.out" 2>&1; then
        status=1
    else
        grep -q "$5" "$out/refuse.out"
        status=$?
    fi
    verdict "headers refuse $4 $1 $3" "$out/refuse.out" "$status"
}

# headers COMPILER LANGUAGE STANDARD...: all of it for one compiler.
headers() {
    compiler=$1 language=$2
    shift 2
    for standard in "$@"; do
        for path in include/*; do
            case $language,$path in c,*.hpp) ;; *) header "$compiler" "$language" "$standard" "${path##*/}" ;; esac
        done
        use "$compiler" "$language" "$standard" tests/c/contract_log.c
        case $language,$standard in
        c,c99) refuse "$compiler" c c99 'ALOG_INFO(log, "m", ALOG_FIELD("k", 1))' ALOG_FIELD_needs_C11 ;;
        *) use "$compiler" "$language" "$standard" tests/c/contract_log_field.c ;;
        esac
        if [ "$language" = c++ ]; then
            use "$compiler" c++ "$standard" tests/c/contract_hpp.cpp
            use "$compiler" c++ "$standard" tests/c/contract_terminate.cpp
        fi
        refuse "$compiler" "$language" "$standard" 'ALOG_INFOF(log, "%d", "text")' "format"
        refuse "$compiler" "$language" "$standard" 'ALOG_INFO(log, "m", ALOG_I64("k", "text"))' "k"
        refuse "$compiler" "$language" "$standard" 'ALOG_INFO(log, "m", ALOG_STR("k", 1))' "k"
        refuse "$compiler" "$language" "$standard" 'ALOG_INFO(log, "m", 1)' "alog_field"
    done
    refuse "$compiler" "$language" "$standard" 'ALOG_INFO(log, "m", ALOG_FIELD("k", &log))' "alog_field_of_\|_Generic"
}

if [ $# -gt 0 ]; then
    programs=$*
else
    programs=
    for source in tests/c/*.c tests/c/*.cpp; do
        name=${source##*/}
        programs="$programs ${name%.*}"
    done
fi
shared="-L$lib -lalog -Wl,-rpath,$lib"
asan=${ASAN_OPTIONS:-detect_leaks=1:exitcode=99}

for variant in $variants; do
    if [ "$variant" = headers ]; then
        # C23 and C++23 by the names that every compiler knows which has most of them.
        for compiler in "$cc" "$clang"; do
            headers "$compiler" c c99 c11 c17 c2x
        done
        for compiler in "$cxx" "$clangxx"; do
            headers "$compiler" c++ c++11 c++14 c++17 c++20 c++2b
        done
        continue
    fi
    for name in $programs; do
        if [ -e "tests/c/$name.cpp" ]; then
            case $variant in
            cxx-shared)
                program cxx11-shared "$name" "$cxx" "-std=c++11" "$shared"
                program cxx20-shared "$name" "$cxx" "-std=c++20" "$shared"
                ;;
            c99-ubsan) program cxx17-ubsan "$name" "$cxx" "-std=c++17 -fsanitize=undefined -fno-sanitize-recover=all" "$shared" ;;
            c99-asan) program cxx17-asan "$name" "$cxx" "-std=c++17 -fsanitize=address -fno-omit-frame-pointer" "$shared" ;;
            esac
            continue
        fi
        case $variant in
        c99-shared) program "$variant" "$name" "$cc" "-std=c99" "$shared" ;;
        c99-static) program "$variant" "$name" "$cc" "-std=c99" "$lib/libalog.a $native" ;;
        cxx-shared) program "$variant" "$name" "$cxx" "-x c++ -std=c++11" "$shared" ;;
        c99-asan) program "$variant" "$name" "$cc" "-std=c99 -fsanitize=address -fno-omit-frame-pointer" "$shared" ;;
        c99-ubsan) program "$variant" "$name" "$cc" "-std=c99 -fsanitize=undefined -fno-sanitize-recover=all" "$shared" ;;
        *) echo "no variant \"$variant\"" >&2; exit 2 ;;
        esac
    done
done

[ "$failed" -eq 0 ] && rm -rf "$out" || echo "outputs are in $out"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
