"""The shared library of a wheel, and the Rust sources that a source distribution builds it from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
LIBRARY = "libalog.so"
CARRIED = "rust"
"""The directory of a source distribution that has the Rust sources."""
SOURCES = (
    ".cargo/config.toml",
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "README.md",
    "build.rs",
    "cbindgen.toml",
    "src",
    "examples/rust",  # Cargo.toml names them, and cargo wants to see what it names
)
"""What of the repository cargo needs to build the library."""


def crate() -> Path:
    """Returns where the Rust sources are: in here, or two levels up.

    Raises:
        SystemExit: In neither place.
    """
    for place in (HERE / CARRIED, HERE.parents[1]):
        if (place / "Cargo.toml").is_file():
            return place
    raise SystemExit(f"there are no Rust sources beside {HERE}: set ALOG_LIBRARY to the path of {LIBRARY}")


def library() -> Path:
    """Returns the path of the shared library: the one that ``ALOG_LIBRARY`` names, otherwise built if need be.

    Raises:
        SystemExit: It cannot be built.
    """
    given = os.environ.get("ALOG_LIBRARY")
    if given:
        return Path(given)
    if shutil.which("cargo") is None:
        raise SystemExit(
            "to build alog from its sources takes cargo, of Rust 1.85 or newer (https://rustup.rs): there is none in PATH"
        )
    command = ["cargo", "build", "--release", "--locked", "--lib", "--message-format=json-render-diagnostics"]
    built = subprocess.run(command, cwd=crate(), check=True, stdout=subprocess.PIPE, text=True).stdout
    # Where it is depends on the environment and every configuration; cargo tells it also if there is nothing to build.
    for line in built.splitlines():
        for name in json.loads(line).get("filenames", ()):
            if Path(name).name == LIBRARY:
                return Path(name)
    raise SystemExit(f"cargo has built no {LIBRARY}")


def put_library(target: Path) -> None:
    """Copies the library, without what only a debugger reads, which is most of it."""
    shutil.copyfile(library(), target)
    strip = shutil.which("strip")
    if strip is not None:
        subprocess.run([strip, "--strip-debug", str(target)], check=True)


def put_sources(target: Path) -> None:
    """Copies the Rust sources."""
    place = crate()
    for name in SOURCES:
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (place / name).is_dir():
            shutil.copytree(place / name, copy, dirs_exist_ok=True)
        else:
            shutil.copyfile(place / name, copy)
