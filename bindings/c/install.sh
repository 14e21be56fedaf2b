#!/bin/sh
# Installs what a C or C++ program needs and the program alog, or removes it again.
#
#   PREFIX/include/alog.h, alog_log.h, alog.hpp, alog_terminate.hpp
#   LIBDIR/libalog.so -> libalog.so.ABI -> libalog.so.VERSION
#   LIBDIR/libalog.a
#   LIBDIR/pkgconfig/alog.pc
#   LIBDIR/cmake/alog/alogConfig.cmake, alogConfigVersion.cmake
#   MANDIR/man3/alog.3 and a page for each function and type, MANDIR/man5/alog.5: made now, if there is python3
#   PREFIX/bin/alog, if it was built, with MANDIR/man1/alog.1 and a page for each subcommand, and completions for
#   bash, zsh and fish where shells look for them in PREFIX/share
#
# Usage: sh bindings/c/install.sh [install|uninstall] [PREFIX [DESTDIR]]
# Environment, where no argument says otherwise:
#   PREFIX        where it will be used, an absolute path, default /usr/local
#   DESTDIR       put in front of every path written to, in no file's content, default none
#   LIBDIR        directory of the libraries, an absolute path, default PREFIX/lib
#   MANDIR        directory of the manual pages, an absolute path, default PREFIX/share/man
#   ALOG_LIB_DIR  where libalog.so and libalog.a were built, default target/release
# The tree may be moved afterwards as a whole if LIBDIR is inside PREFIX. Exit status: 0 if all was done.
set -eu
umask 022 # what is installed is for everybody, whatever the shell of the one who does it is set to
cd "$(dirname "$0")/../.."

# What libalog.a needs besides: `rustc --print native-static-libs` without -lgcc_s, which the compiler driver adds
# by itself, or -lgcc_eh in its place with -static. tests/c/consumer.sh compares.
native_libs="-lutil -lrt -lpthread -lm -ldl -lc"

mode=install
case ${1:-} in
install | uninstall) mode=$1; shift ;;
esac
prefix=${1:-${PREFIX:-/usr/local}}
destdir=${2:-${DESTDIR:-}}
prefix=${prefix%/}
libdir=${LIBDIR:-$prefix/lib}
libdir=${libdir%/}
mandir=${MANDIR:-$prefix/share/man}
mandir=${mandir%/}
built=${ALOG_LIB_DIR:-target/release}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
abi=$(sed -n 's/^#define ALOG_ABI_VERSION \([0-9]*\)$/\1/p' include/alog.h)
for path in "$prefix/" "$libdir/" "$mandir/"; do
    case $path in
    /*) ;;
    *) echo "install.sh: not an absolute path: \"$path\"" >&2; exit 2 ;;
    esac
done
[ -n "$version" ] || { echo "install.sh: no version in Cargo.toml" >&2; exit 2; }
[ -n "$abi" ] || { echo "install.sh: no ALOG_ABI_VERSION in include/alog.h" >&2; exit 2; }

bin=$destdir$prefix/bin
include=$destdir$prefix/include
lib=$destdir$libdir
pkgconfig=$lib/pkgconfig
cmake=$lib/cmake/alog
man=$destdir$mandir

# Where shells look for completions: the shell and the file.
completions() {
    echo "bash $destdir$prefix/share/bash-completion/completions/alog"
    echo "zsh $destdir$prefix/share/zsh/site-functions/_alog"
    echo "fish $destdir$prefix/share/fish/vendor_completions.d/alog.fish"
}

# Every name that alog.h declares has a page in section 3, and there are three more.
pages() {
    sed -n -e 's/^[a-z].*[ *]\(alog_[a-z_]*\)(.*/\1/p' -e 's/^typedef .*[ *(]\(alog_[a-z_]*\)[;)].*/\1/p' \
        -e 's/^typedef struct \(alog_[a-z_]*\) {$/\1/p' -e 's/^typedef union \(alog_[a-z_]*\) {$/\1/p' include/alog.h
    echo alog alog_macros alog_cpp
}

uninstall() {
    for header in include/*; do
        rm -f "$include/${header##*/}"
    done
    rm -f "$lib/libalog.so" "$lib/libalog.so.$abi" "$lib/libalog.so.$version" "$lib/libalog.a"
    rm -f "$pkgconfig/alog.pc" "$cmake/alogConfig.cmake" "$cmake/alogConfigVersion.cmake"
    for page in $(pages); do
        rm -f "$man/man3/$page.3"
    done
    rm -f "$man/man5/alog.5" "$man/man1/alog.1" "$man/man1"/alog-*.1 "$bin/alog"
    completions | while read -r _ file; do
        rm -f "$file"
        folder=${file%/*}
        rmdir "$folder" "${folder%/*}" 2>/dev/null || true # as below
    done
    for directory in "$cmake" "$lib/cmake" "$pkgconfig" "$lib" "$include" "$bin" "$man/man1" "$man/man3" "$man/man5" "$man"; do
        rmdir "$directory" 2>/dev/null || true # not empty: it has other owners
    done
}

# A text as sed takes it between bars on the right-hand side.
escape() { printf '%s\n' "$1" | sed 's/[\\&|]/\\&/g'; }

# binary MODE FROM TO: without what only a debugger reads, which is most of it; the names of functions stay.
binary() {
    install -m "$1" "$2" "$3"
    if command -v strip >/dev/null; then
        strip --strip-debug "$3"
    fi
}

# Fills the @NAMES@ of a template in.
fill() {
    sed -e "s|@VERSION@|$version|g" -e "s|@ABI@|$abi|g" -e "s|@PC_PREFIX@|$(escape "$pc_prefix")|g" \
        -e "s|@PC_LIBDIR@|$(escape "$pc_libdir")|g" -e "s|@CMAKE_PREFIX@|$(escape "$cmake_prefix")|g" \
        -e "s|@CMAKE_LIBDIR@|$(escape "$cmake_libdir")|g" -e "s|@NATIVE_LIBS@|$native_libs|g" \
        -e "s|@NATIVE_LIBS_LIST@|$(echo "$native_libs" | tr ' ' ';')|g" "$1" >"$2"
    chmod 644 "$2"
}

install_all() {
    case $libdir in
    "$prefix"/*) # every path from the place of the file itself, so that the tree can be moved
        inside=${libdir#"$prefix"/}
        up=$(echo "$inside" | sed 's|[^/][^/]*|..|g')
        pc_prefix="\${pcfiledir}/../$up" pc_libdir="\${prefix}/$inside"
        cmake_prefix="\${CMAKE_CURRENT_LIST_DIR}/../../$up" cmake_libdir="\${_alog_prefix}/$inside"
        ;;
    *)
        pc_prefix=$prefix pc_libdir=$libdir cmake_prefix=$prefix cmake_libdir=$libdir
        ;;
    esac
    mkdir -p "$include" "$lib" "$pkgconfig" "$cmake"
    for header in include/*; do
        install -m 644 "$header" "$include/"
    done
    binary 755 "$built/libalog.so" "$lib/libalog.so.$version"
    ln -sf "libalog.so.$version" "$lib/libalog.so.$abi"
    ln -sf "libalog.so.$abi" "$lib/libalog.so"
    binary 644 "$built/libalog.a" "$lib/libalog.a"
    fill bindings/c/alog.pc.in "$pkgconfig/alog.pc"
    fill bindings/c/alogConfig.cmake.in "$cmake/alogConfig.cmake"
    fill bindings/c/alogConfigVersion.cmake.in "$cmake/alogConfigVersion.cmake"
    if [ -x "$built/alog" ]; then
        install_program
    else
        echo "install.sh: no program alog in $built" >&2
    fi
    if command -v python3 >/dev/null; then
        PYTHONDONTWRITEBYTECODE=1 python3 bindings/c/man.py . "$version" "$man"
        for page in $(pages); do
            chmod 644 "$man/man3/$page.3"
        done
        chmod 644 "$man/man5/alog.5"
    else
        echo "install.sh: no python3, so no manual pages" >&2
    fi
}

# It makes its manual and its completions itself.
install_program() {
    mkdir -p "$bin" "$man/man1"
    binary 755 "$built/alog" "$bin/alog"
    "$bin/alog" completions man --to "$man/man1"
    chmod 644 "$man/man1"/alog*.1
    completions | while read -r shell file; do
        mkdir -p "${file%/*}"
        "$bin/alog" completions "$shell" >"$file"
        chmod 644 "$file"
    done
}

# The system's loader finds a new library in its own directories only after this.
refresh_loader() {
    if [ -z "$destdir" ] && [ "$(id -u)" = 0 ] && command -v ldconfig >/dev/null; then
        ldconfig
    fi
}

case $mode in
install)
    install_all
    refresh_loader
    echo "installed alog $version in $libdir and $prefix/include"
    ;;
uninstall) uninstall ;;
esac
