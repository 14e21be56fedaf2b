"""Finds and loads the shared library; an import that fails says where it looked and what it found there."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

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


def load() -> ctypes.CDLL:
    """Loads the first candidate that can be loaded.

    A ``CDLL`` gives the interpreter's lock back during each call. Why not ``PyDLL``, which keeps it and is faster?
    A write that waits for space would hold the lock that a destination written in Python needs to make space.

    Raises:
        ImportError: None could be loaded; the text names each candidate and why not.
    """
    tried: list[str] = []
    for candidate in candidates():
        try:
            return ctypes.CDLL(candidate)
        except OSError as error:
            tried.append(f"  {candidate}: {error}")
    raise ImportError("cannot load the alog library; tried\n" + "\n".join(tried))
