"""Says on which systems a shared library can be loaded, as the platform tag of a wheel.

The tag is read from the library itself: ``manylinux_2_34_x86_64`` if the newest symbol that it asks of the GNU C library
came with version 2.34. Whoever builds it on an older system gets a lower tag without saying so.

Why not a linker such as zig's, which makes a library for 2.17 anywhere? It puts an unwinder of its own into the library;
CPython ends daemon threads by unwinding their stacks, through frames of the library, and with two unwinders that ends
the process.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple, Optional

LOWEST = (2, 17)
"""What Rust itself needs at least, whatever the symbols say."""
ALLOWED = frozenset(
    f"{name}.so.{number}"
    for name, numbers in {"libc": "6", "libm": "6", "libdl": "2", "librt": "1", "libpthread": "0", "libgcc_s": "1"}.items()
    for number in numbers
)
"""The libraries that every manylinux system has; the dynamic linker, ``ld-linux``, is one of them."""

_MACHINES = {0x3E: "x86_64", 0xB7: "aarch64", 0xF3: "riscv64", 0x15: "ppc64le", 0x16: "s390x"}
_DYNAMIC, _VERSIONS_NEEDED = 6, 0x6FFFFFFE  # types of sections
_NEEDED = 1  # of an entry of the section `_DYNAMIC`


class Needs(NamedTuple):
    """What a library asks of the system."""

    machine: str
    libraries: list[str]
    glibc: Optional[tuple[int, int]]
    """The newest version of the GNU C library of which it wants a symbol; None: it does not use that."""


class _Section(NamedTuple):
    kind: int
    offset: int
    size: int
    link: int


def needs(path: Path) -> Needs:
    """Reads what a library needs.

    Raises:
        ValueError: It is no ELF file of 64 bits, or for a machine that has no name here.
    """
    data = path.read_bytes()
    if data[:5] != b"\x7fELF\x02":
        raise ValueError(f"{path} is no ELF file of 64 bits")
    order = "<" if data[5] == 1 else ">"
    (machine,) = struct.unpack_from(order + "H", data, 18)
    if machine not in _MACHINES:
        raise ValueError(f"{path} is for a machine of the number {machine}, which has no name here")
    sections = _sections(data, order)

    def text(section: _Section, offset: int) -> str:
        start = sections[section.link].offset + offset
        return data[start : data.index(b"\0", start)].decode()

    libraries: list[str] = []
    versions: list[tuple[int, int]] = []
    for section in sections:
        if section.kind == _DYNAMIC:
            for at in range(section.offset, section.offset + section.size, 16):
                tag, value = struct.unpack_from(order + "qQ", data, at)
                if tag == _NEEDED:
                    libraries.append(text(section, value))
        elif section.kind == _VERSIONS_NEEDED:
            names = [text(section, name) for name in _version_names(data, order, section.offset)]
            numbers = [name[len("GLIBC_") :].split(".") for name in names if name.startswith("GLIBC_2.")]
            versions += [(int(number[0]), int(number[1])) for number in numbers]
    return Needs(_MACHINES[machine], libraries, max(versions, default=None))


def _sections(data: bytes, order: str) -> list[_Section]:
    (start,) = struct.unpack_from(order + "Q", data, 40)
    size, count = struct.unpack_from(order + "HH", data, 58)
    found: list[_Section] = []
    for at in range(start, start + size * count, size):
        _, kind, _, _, offset, length, link = struct.unpack_from(order + "IIQQQQI", data, at)
        found.append(_Section(kind, offset, length, link))
    return found


def _version_names(data: bytes, order: str, start: int) -> list[int]:
    """Where the names of the versions are that a library wants of others."""
    names: list[int] = []
    while True:
        _, count, _, first, further = struct.unpack_from(order + "HHIII", data, start)
        at = start + first
        for _ in range(count):
            *_, name, following = struct.unpack_from(order + "IHHII", data, at)
            names.append(name)
            at += following
        if not further:
            return names
        start += further


def platform_tag(path: Path) -> Optional[str]:
    """Returns the tag; None if the library is not for every system with such a C library."""
    found = needs(path)
    foreign = [name for name in found.libraries if name not in ALLOWED and not name.startswith("ld-linux")]
    if found.glibc is None or foreign:
        return None
    major, minor = max(found.glibc, LOWEST)
    return f"manylinux_{major}_{minor}_{found.machine}"
