"""Ctrl-C while a logging call of the main thread waits: for space, or for what becomes of its message.

Signal handlers of Python run on the main thread, between two steps of the interpreter; a call that waits in the library
makes none. So the library has the interpreter look for signals about every 50 ms while it waits there. If a handler
raises, the call ends, and the exception is raised here. A message that was in no queue by then is refused, and counted as
one that timed out; one that was in will be written.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import threading
from typing import Any, Final

from ._fast import this_interpreter
from ._native import library

_FUNCTIONS: Final = (
    "PyGILState_Ensure",
    "PyErr_CheckSignals",
    "PyErr_Fetch",
    "PyGILState_Release",
    "PyErr_Restore",
)
"""What the library needs of CPython, in the order in which it takes them."""


def _find() -> tuple[Any, ...]:
    it = this_interpreter()
    if it.name != "cpython" or it.number != 0 or not hasattr(library, "_alog_python_look"):
        return ()
    found: list[Any] = [getattr(ctypes.pythonapi, name, None) for name in _FUNCTIONS]
    return () if None in found else tuple(ctypes.cast(function, ctypes.c_void_p) for function in found)


def _nothing_was_raised() -> None:
    """There is no look here, so no handler has raised."""


_functions: Final = _find()
raise_again: Any = _nothing_was_raised
"""Raises what a signal handler raised in the last call of this thread, if one did."""
if _functions:
    raise_again = ctypes.PyDLL(library._name, handle=library._handle)._alog_python_raise
    raise_again.restype = None
    raise_again.argtypes = []
    library._alog_python_look.restype = None
    library._alog_python_look.argtypes = [ctypes.c_void_p] * len(_FUNCTIONS)


def attend() -> None:
    """Has the library look for signals, if this is the main thread; once is enough."""
    if _functions and threading.current_thread() is threading.main_thread():
        library._alog_python_look(*_functions)


def _turn_away() -> None:
    if _functions:
        library._alog_python_look(*[None] * len(_FUNCTIONS))


attend()
os.register_at_fork(after_in_child=attend)  # whichever thread forked is the main one there
atexit.register(_turn_away)
