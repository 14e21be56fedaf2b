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
from typing import Final

NEEDED = sys.version_info < (3, 12)  # from there on to delete the state of another thread is not allowed either

_PR_GET_NAME: Final = 16
_WORKER: Final = b"alog-worker"

_kept = threading.local()
_prctl = ctypes.CDLL(None).prctl
_prctl.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong]
_ensure = ctypes.pythonapi.PyGILState_Ensure
_current = ctypes.pythonapi.PyThreadState_Get
_current.restype = ctypes.c_void_p
_clear = ctypes.pythonapi.PyThreadState_Clear
_delete = ctypes.pythonapi.PyThreadState_Delete
_clear.argtypes = _delete.argtypes = [ctypes.c_void_p]
_clear.restype = _delete.restype = None


def _is_worker() -> bool:
    """Whether this is a writer thread of the library: others have a state of their own, which is not ours to free."""
    name = ctypes.create_string_buffer(16)
    _prctl(_PR_GET_NAME, name, 0, 0, 0)
    return name.value == _WORKER


def keep() -> int | None:
    """Keeps the state of the calling thread, which the library has called from, if it is one of the library's.

    Returns:
        Its address, to be given to `drop` when the thread calls no more; None if it is kept already or need not be.
    """
    if not NEEDED or hasattr(_kept, "state"):
        return None
    if not _is_worker():
        _kept.state = None  # a thread that Python started keeps that, another one is asked again
        return None
    _ensure()  # once more than will be released when this call returns
    _kept.state = state = int(_current())
    return state


def drop(state: int) -> None:
    """Frees a state that was kept. Its thread must not enter the interpreter any more."""
    _clear(state)
    _delete(state)
