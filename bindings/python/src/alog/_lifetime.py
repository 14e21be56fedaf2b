"""Which loggers are open, and what becomes of them when nobody holds them, at exit, and in a forked process.

No lock in here: a fork while another thread holds it would lock it for ever in the child. Plain dict operations on
integers are atomic.
"""

from __future__ import annotations

import atexit
import functools
import os
import sys
import time
import warnings
from typing import Any, Final

from . import sinks
from ._native import AlogLogger, library
from ._wait import FOREVER_MS, sliced
from .status import Status

EXIT_MS: Final = 5000
"""How long the end of the program waits for destinations, in milliseconds: as long as ``alog_free()`` does."""


class Open:
    """What is known of an open logger."""

    __slots__ = ("destinations", "stopped")

    def __init__(self, destinations: list[int]) -> None:
        self.destinations = destinations  # numbers of its destinations in Python
        self.stopped = False


_open: dict[int, Open] = {}
_abandoned: dict[int, None] = {}  # nobody holds them any more, and they have not written everything yet


def opened(handle: AlogLogger, destinations: list[int]) -> Open:
    """Notes a new logger; finishes abandoned ones that are done by now."""
    for identity in list(_abandoned):
        _finish(AlogLogger(identity))
    entry = _open[handle.id] = Open(destinations)
    return entry


def free(handle: AlogLogger) -> int:
    """Frees a logger; its destinations are forgotten if and only if the library let go of them."""
    status: int = library.alog_free(handle)
    if status == Status.OK:
        _abandoned.pop(handle.id, None)
        entry = _open.pop(handle.id, None)
        for number in entry.destinations if entry else ():
            sinks.unregister(number)
    return status


def abandon(identity: int) -> None:
    """Is called when a `Logger` is collected: begins to stop it, and waits for nothing, on whatever thread this is."""
    entry = _open.get(identity)
    if entry is None:
        return
    _abandoned[identity] = None
    _finish(AlogLogger(identity))
    if not entry.stopped:
        warnings.warn("a logger was neither stopped nor closed", ResourceWarning, stacklevel=2)


def _finish(handle: AlogLogger) -> None:
    # While it is not stopped, freeing it would wait: it is then left for the next time.
    if library.alog_stop(handle, 0) == Status.OK:
        free(handle)


def _stop_destinations_in_python() -> None:
    """Stops, at exit, every logger that calls into Python: when the interpreter is gone, it cannot any more.

    Within `EXIT_MS` everything goes to its destination. After that calls that begin fail at once, and only one that is
    in progress is waited for without a deadline, as a thread that is no daemon is: its return would find no interpreter
    and take the process down.

    Why not the other loggers too? They need no interpreter. The library writes what they accepted when the process
    ends, and until then they take what later exit handlers log.
    """
    deadline = time.monotonic() + EXIT_MS / 1000
    calling = [identity for identity in list(_open) if _destinations(identity)]
    for identity in calling:
        handle = AlogLogger(identity)
        left = max(0, int((deadline - time.monotonic()) * 1000))
        sliced(functools.partial(library.alog_stop, handle), left)
    sinks.refuse()
    for identity in calling:
        handle = AlogLogger(identity)
        sliced(functools.partial(library.alog_stop, handle), FOREVER_MS)
        free(handle)


def _destinations(identity: int) -> list[int]:
    entry = _open.get(identity)
    return entry.destinations if entry else []


def _flush_all() -> None:
    """Writes what was accepted, at the end of a child of ``multiprocessing``, which runs no exit handler of C."""
    deadline = time.monotonic() + EXIT_MS / 1000
    for identity in list(_open):
        library.alog_flush(AlogLogger(identity), max(0, int((deadline - time.monotonic()) * 1000)))


class _Anchor:
    """Keeps a registration with ``multiprocessing`` alive: it holds a weak reference."""


_anchor = _Anchor()
_in_multiprocessing = False


def _at_end_of_child(_: object) -> None:
    util: Any = sys.modules["multiprocessing.util"]
    if sys.modules["multiprocessing.process"].parent_process() is not None:
        util.Finalize(None, _flush_all, exitpriority=-100)  # after those of the program, which may log


def _join_multiprocessing() -> None:
    """Has `_flush_all` called at the end of this process and of its children, if ``multiprocessing`` runs them.

    ``multiprocessing`` is not imported for that: who does not use it does not pay for it.
    """
    global _in_multiprocessing
    util: Any = sys.modules.get("multiprocessing.util")
    if util is not None and not _in_multiprocessing:
        _in_multiprocessing = True
        util.register_after_fork(_anchor, _at_end_of_child)  # it forgets its finalizers in a child, but not this
        _at_end_of_child(None)


os.register_at_fork(after_in_child=sinks.forget_thread_states)
os.register_at_fork(after_in_child=_join_multiprocessing)
_join_multiprocessing()
atexit.register(_stop_destinations_in_python)
