"""Keeps the interpreter's state of a writer thread from one call to the next, where a fork needs that.

A thread that Python did not start gets a state when it enters the interpreter and loses it when it leaves. To make one
takes a lock of the interpreter without holding the GIL, so another thread can fork at that moment; and before Python
3.12 (3.11.8, 3.10.15, 3.9.20) the child then waits for that lock for ever, inside ``os.fork``. A state that is kept is
made once per writer thread instead of once per batch.
"""

from __future__ import annotations

import ctypes
import sys
import threading

NEEDED = sys.version_info < (3, 12)  # from there on to delete the state of another thread is not allowed either

_kept = threading.local()
_ensure = ctypes.pythonapi.PyGILState_Ensure
_current = ctypes.pythonapi.PyThreadState_Get
_current.restype = ctypes.c_void_p
_clear = ctypes.pythonapi.PyThreadState_Clear
_delete = ctypes.pythonapi.PyThreadState_Delete
_clear.argtypes = _delete.argtypes = [ctypes.c_void_p]
_clear.restype = _delete.restype = None


def keep() -> int | None:
    """Keeps the state of the calling thread, which the library has called from.

    Returns:
        Its address, to be given to `drop` when the thread calls no more; None if it is kept already or need not be.
    """
    if not NEEDED or hasattr(_kept, "state"):
        return None
    _ensure()  # once more than will be released when this call returns
    _kept.state = state = int(_current())
    return state


def drop(state: int) -> None:
    """Frees a state that was kept. Its thread must not enter the interpreter any more."""
    _clear(state)
    _delete(state)
