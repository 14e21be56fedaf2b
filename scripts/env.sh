# shellcheck shell=sh
# The environment of every build and test: to be sourced, with the root of the project as working directory.
#
#   PATH                 target/tools (what setup.sh found outside of PATH) first, ~/.cargo/bin last
#   PKG_CONFIG_PATH      target/pkgconfig first: `pkg-config alog` is this tree, not an installed one
#   GOTOOLCHAIN          local: Go never replaces itself by one from the network
#   CGO_LDFLAGS          Go's defaults and this tree. Go's build cache does not know what pkg-config said: without it
#                        a package once built against another libalog would be taken for built against this one
#   PYTHONPYCACHEPREFIX  target/pycache: Python leaves nothing beside the sources
#   LC_ALL               C.UTF-8: the same messages and the same order of sorting everywhere

# A service may run without HOME; Go, unlike cargo, does not look the user up by itself.
HOME="${HOME:-$(getent passwd "$(id -u)" | cut -d : -f 6)}"
PATH="$PWD/target/tools:$PATH"
if [ -d "$HOME/.cargo/bin" ]; then
    PATH="$PATH:$HOME/.cargo/bin"
fi
PKG_CONFIG_PATH="$PWD/target/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
GOTOOLCHAIN=local
CGO_LDFLAGS="-O2 -g -L$PWD/target/release"
PYTHONPYCACHEPREFIX="$PWD/target/pycache"
LC_ALL=C.UTF-8
export HOME PATH PKG_CONFIG_PATH GOTOOLCHAIN CGO_LDFLAGS PYTHONPYCACHEPREFIX LC_ALL
