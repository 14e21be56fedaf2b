#!/bin/sh
# Installs the library under target/ and uses it as a stranger would: by pkg-config and by CMake, shared and
# static, from C and C++, where it was installed and after the tree was moved. The programs are the examples.
#
# Usage: sh tests/c/consumer.sh
# Environment: ALOG_LIB_DIR as in bindings/c/install.sh; CC, CXX, default gcc, g++.
# Prints one line a claim. Exit status: 0 if and only if all hold. Needs pkg-config, cmake, readelf, rustc, python3 and mandoc.
set -eu
cd "$(dirname "$0")/../.."
root=$(pwd)
out=$root/target/c-consumer/$$ # stays only if something failed
examples=$root/examples/c
installer=$root/bindings/c/install.sh
cc=${CC:-gcc}
cxx=${CXX:-g++}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
mkdir -p "$out"
unset LIBDIR PREFIX DESTDIR || true

fail() {
    echo "FAILED  $1" >&2
    exit 1
}

# expect CLAIM ACTUAL EXPECTED
expect() {
    [ "$2" = "$3" ] || fail "$1: \"$2\", expected \"$3\""
    echo "ok      $1"
}

# Runs the examples of directory $2, whose names end in $3, and checks what they print. $1 names the claim.
check_examples() {
    cd "$2"
    rm -f threads.log
    ./first$3 >first.out
    grep -qE '^\[[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\.[0-9]{6}Z\] INFO - hello, world$' first.out || fail "$1: first"
    ./errors$3 >errors.out
    grep -q 'INFO - the good destination has this line$' errors.out || fail "$1: errors, the good destination"
    grep -q '^file:/dev/full: .*(errno 28, 1 times)$' errors.out || fail "$1: errors, the bad destination"
    grep -qx 'written by at least one destination: 1' errors.out || fail "$1: errors, the account"
    ./threads$3 >threads.out
    grep -qx 'attempted 4000, accepted 4000, written 4000, pending 0' threads.out || fail "$1: threads, the account"
    [ "$(grep -c 'INFO - worker [0-3]: step [0-9]*$' threads.log)" -eq 4000 ] || fail "$1: threads, the lines"
    rm -f record.json
    ./record$3 >record.out
    grep -q ' level=info source=record.c:[0-9]* message="user 5 logged in" request=17 id=5 name=Eve$' record.out || fail "$1: record"
    [ "$(wc -l <record.json)" -eq 1 ] || fail "$1: record, the file"
    cd "$root"
    echo "ok      $1"
}

# build COMPILER SUFFIX FLAGS LIBRARIES: the examples, into $out/bin.
build() {
    mkdir -p "$out/bin"
    for example in first errors threads record; do
        # shellcheck disable=SC2086 # lists of flags
        $1 -Wall -Wextra -Wpedantic -Werror $3 "$examples/$example.c" -x none -o "$out/bin/$example$2" -pthread $4 \
            >"$out/build.out" 2>&1 || { cat "$out/build.out"; fail "cannot build $example$2"; }
    done
}

# use_tree CLAIM TREE LIB: everything a stranger does with what is installed in TREE, libraries in TREE/LIB.
use_tree() {
    export PKG_CONFIG_PATH="$2/$3/pkgconfig"
    expect "$1: pkg-config knows the version" "$(pkg-config --modversion alog)" "$version"
    expect "$1: no other tree is named" "$(pkg-config --cflags --libs alog | tr ' ' '\n' | grep -c "^-[IL]$2/")" 2
    cflags=$(pkg-config --cflags alog)
    build "$cc" .shared "-std=c99 $cflags" "$(pkg-config --libs alog)"
    LD_LIBRARY_PATH=$2/$3 check_examples "$1: pkg-config, shared" "$out/bin" .shared
    build "$cxx" .cxx "-x c++ -std=c++11 $cflags" "$(pkg-config --libs alog)"
    LD_LIBRARY_PATH=$2/$3 check_examples "$1: pkg-config, shared, C++" "$out/bin" .cxx
    for kind in shared static; do
        case $kind in shared) libraries=$(pkg-config --libs alog) ;; *) libraries=$(pkg-config --variable=static_libs alog) ;; esac
        # shellcheck disable=SC2086
        "$cxx" -std=c++11 -Wall -Wextra -Wpedantic -Werror $cflags "$examples/record.cpp" -o "$out/bin/record.hpp" \
            -pthread $libraries || fail "$1: cannot build record.cpp, $kind"
        (cd "$out/bin" && LD_LIBRARY_PATH=$2/$3 ./record.hpp | grep -q ' logger=db message=connected shard=3 request=17$') ||
            fail "$1: record.cpp, $kind"
    done
    echo "ok      $1: pkg-config, alog.hpp, shared and static"
    build "$cc" .static "-std=c99 $cflags" "$(pkg-config --variable=static_libs alog)"
    check_examples "$1: pkg-config, static" "$out/bin" .static
    build "$cc" .all-static "-static -std=c99 $cflags" "$(pkg-config --static --libs alog)"
    check_examples "$1: pkg-config, all static" "$out/bin" .all-static

    rm -rf "$out/cmake"
    cmake -S tests/c/consumer -B "$out/cmake" -DEXAMPLES="$examples" -DCMAKE_PREFIX_PATH="$2" \
        -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" >"$out/cmake.out" 2>&1 || { cat "$out/cmake.out"; fail "$1: cmake"; }
    cmake --build "$out/cmake" >"$out/cmake.out" 2>&1 || { cat "$out/cmake.out"; fail "$1: cmake --build"; }
    check_examples "$1: CMake, shared" "$out/cmake" _shared
    check_examples "$1: CMake, static" "$out/cmake" _static
    for kind in shared static; do
        (cd "$out/cmake" && "./cxx_$kind" | grep -q ' logger=db message=connected shard=3 request=17$') || fail "$1: CMake, $kind, C++"
    done
    echo "ok      $1: CMake, C++"
}

# What the static library needs is what this compiler of Rust says, but for the unwinder.
needed=$(rustc --crate-type staticlib --print native-static-libs -o "$out/empty.a" - </dev/null 2>&1 |
    sed -n 's/^note: native-static-libs: //p' | tr ' ' '\n' | grep -v '^-lgcc_s$' | tr '\n' ' ')
expect "native_libs is what rustc says" "$(sed -n 's/^native_libs="\(.*\)"/\1/p' "$installer") " "$needed"

# Every function and type has a manual page.
pages="alog alog_macros alog_cpp
    $(sed -n 's/^\(alog_[a-z_]*\) [0-9.]*$/\1/p' tests/ledger/symbols.txt)
    $(tr -s ' *();' '\n' <include/alog.h | grep '^alog_' | sort -u | while read -r word; do
        if grep -qE "^typedef .*\b$word(;|\)\(| \{)" include/alog.h; then echo "$word"; fi
    done)"
sh "$installer" install /opt/alog "$out/stage"
tree=$out/stage/opt/alog
expect "what is installed" "$(cd "$tree" && find . ! -type d | LC_ALL=C sort | tr '\n' ' ')" \
    "$({ for header in include/*; do echo "./$header"; done
        for page in $pages; do echo "./share/man/man3/$page.3"; done; echo ./share/man/man5/alog.5
        for page in alog alog-cat alog-check alog-completions alog-recover alog-verify; do echo "./share/man/man1/$page.1"; done
        for file in bin/alog share/bash-completion/completions/alog share/zsh/site-functions/_alog \
            share/fish/vendor_completions.d/alog.fish; do echo "./$file"; done
        for file in cmake/alog/alogConfig.cmake cmake/alog/alogConfigVersion.cmake libalog.a libalog.so libalog.so.1 \
            "libalog.so.$version" pkgconfig/alog.pc; do echo "./lib/$file"; done; } | LC_ALL=C sort | tr '\n' ' ')"
expect "the links" "$(readlink "$tree/lib/libalog.so") $(readlink "$tree/lib/libalog.so.1")" "libalog.so.1 libalog.so.$version"
expect "the program runs where it is" "$("$tree/bin/alog" --version)" "alog $version"
bash -n "$tree/share/bash-completion/completions/alog" || fail "the completions for bash"
soname=$(readelf -d "$tree/lib/libalog.so" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
expect "the SONAME" "$soname" libalog.so.1
for file in lib/libalog.so lib/libalog.a bin/alog; do
    expect "$file has nothing that only a debugger reads" "$(readelf -S --wide "$tree/$file" | grep -cE ' \.z?debug_(info|line|str)')" 0
done
names=$(sed -n 's/^\(alog_[a-z_]*\) [0-9.]*$/\1/p' tests/ledger/symbols.txt | LC_ALL=C sort | tr '\n' ' ')
defined() { awk '$4 == "FUNC" && $5 == "GLOBAL" && $7 != "UND" && $8 ~ /^alog_/ {print $8}' | LC_ALL=C sort -u | tr '\n' ' '; }
expect "the shared library exports the functions of the header" "$(readelf --dyn-syms --wide "$tree/lib/libalog.so" | defined)" "$names"
expect "so does the static one" "$(readelf -s --wide "$tree/lib/libalog.a" 2>"$out/readelf.out" | defined)" "$names"
[ "$(readelf -s --wide "$tree/lib/libalog.so" | grep -c ' FUNC ')" -gt 1000 ] || fail "the names of functions for a backtrace"
mandoc -T lint -W warning "$tree"/share/man/man[35]/* || fail "manual pages"
echo "ok      mandoc finds nothing wrong in the manual pages"
for page in alog.3 alog_write.3 alog_error.3 alog_macros.3 alog_cpp.3 alog.5; do
    path=$tree/share/man/man${page##*.}/$page page=${page%.*}
    mandoc -T markdown "$path" | tr -d "\\\\" | grep -q "^\*\*$page\*\* - [a-z]" || fail "the page $page"
done
echo "ok      each says what it is about"
PYTHONDONTWRITEBYTECODE=1 python3 tests/c/pages.py include/alog.h "$tree/share/man/man3" || fail "the words of the pages"
echo "ok      no word of the header is missing"
use_tree "installed" "$tree" lib
sh "$installer" install /opt/alog "$out/stage"
echo "ok      installing over an installation"

mv "$tree" "$out/moved"
use_tree "moved" "$out/moved" lib

PREFIX=/usr DESTDIR=$out/multiarch LIBDIR=/usr/lib/x86_64-linux-gnu sh "$installer"
use_tree "own LIBDIR" "$out/multiarch/usr" lib/x86_64-linux-gnu

LIBDIR=/elsewhere/lib sh "$installer" install /opt/alog "$out/apart"
expect "a LIBDIR outside of PREFIX gives absolute paths" \
    "$(PKG_CONFIG_PATH=$out/apart/elsewhere/lib/pkgconfig pkg-config --cflags --libs alog | sed 's/ *$//')" \
    "-I/opt/alog/include -L/elsewhere/lib -lalog"

(umask 077 && LIBDIR='/R&D|x/lib' sh "$installer" install '/opt/R&D' "$out/odd")
expect "a path may have what means something to sed" \
    "$(sed -n -e 's/^prefix=//p' -e 's/^libdir=//p' "$out/odd/R&D|x/lib/pkgconfig/alog.pc" | tr '\n' ' ')" '/opt/R&D /R&D|x/lib '
expect "everybody may read what somebody with a private umask installs" "$(find "$out/odd" ! -perm -044 | wc -l)" 0

LIBDIR=/elsewhere/lib sh "$installer" uninstall /opt/alog "$out/apart"
PREFIX=/usr DESTDIR=$out/multiarch LIBDIR=/usr/lib/x86_64-linux-gnu sh "$installer" uninstall
sh "$installer" uninstall / "$out/moved"
expect "uninstall leaves no file" "$(find "$out/apart" "$out/multiarch" "$out/moved" ! -type d | wc -l)" 0
rm -rf "$out"
