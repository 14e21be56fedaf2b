"""Finds and loads the shared library; an import that fails says where it looked and what it found there.

A part of the process that is not Python may have loaded one: that is taken, or there would be two libraries, neither of
which knows the loggers of the other.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Final, Optional

from ._version import VERSION

ABI_VERSION: Final = 1
NAME = "libalog.so"
SONAME = "libalog.so.1"
PACKAGE = Path(__file__).resolve().parent


def candidates() -> list[str]:
    """Lists what to load, in order of preference.

    An ``ALOG_LIBRARY`` in the environment is the only candidate: who names a library wants that one or an error.
    """
    given = os.environ.get("ALOG_LIBRARY")
    if given:
        return [given]
    found = [str(PACKAGE / NAME)]
    if len(PACKAGE.parents) > 3:
        checkout = PACKAGE.parents[3]
        if (checkout / "include" / "alog.h").is_file():  # else any directory called target would do
            found.append(str(checkout / "target" / "release" / NAME))
    return [*found, SONAME]


def loaded() -> Optional[ctypes.CDLL]:
    """Finds the library that the process has loaded already, if it is one that this package is for."""
    try:
        library = ctypes.CDLL(SONAME, mode=os.RTLD_NOW | os.RTLD_NOLOAD)
        version = library.alog_version
        version.restype = ctypes.c_char_p
        suits = library.alog_abi_version() == ABI_VERSION and version().decode() == VERSION
    except (AttributeError, OSError):
        return None
    return library if suits else None


class _Found(ctypes.Structure):
    """What ``dladdr`` gives: ``Dl_info``."""

    _fields_ = [
        ("file", ctypes.c_char_p),
        ("base", ctypes.c_void_p),
        ("symbol", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
    ]


def path_of(library: ctypes.CDLL) -> str:
    """Gives the file that a library was loaded from; empty if the system does not say."""
    found = _Found()
    if not ctypes.CDLL(None).dladdr(library.alog_version, ctypes.byref(found)):
        return ""
    return os.fsdecode(found.file or b"")


def load() -> ctypes.CDLL:
    """Takes the library that is there, or loads the first candidate that can be loaded.

    A ``CDLL`` gives the interpreter's lock back during each call. Why not ``PyDLL``, which keeps it and is faster?
    A write that waits for space would hold the lock that a destination written in Python needs to make space.

    Raises:
        ImportError: None could be loaded; the text names each candidate and why not.
    """
    there = None if os.environ.get("ALOG_LIBRARY") else loaded()
    if there is not None:
        return there
    tried: list[str] = []
    for candidate in candidates():
        try:
            return ctypes.CDLL(candidate)
        except OSError as error:
            tried.append(f"  {candidate}: {error}")
    raise ImportError("cannot load the alog library; tried\n" + "\n".join(tried))
