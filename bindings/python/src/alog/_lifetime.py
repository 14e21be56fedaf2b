"""Which loggers are open, and what becomes of them when nobody holds them, at exit, and in a forked process.

No lock in here: a fork while another thread holds it would lock it for ever in the child. Plain dict operations on
integers are atomic.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import sys
import threading
import time
import warnings
from collections.abc import Collection
from typing import Any, Final

from . import _callbacks
from ._callbacks import Home
from ._native import AlogLogger, library
from ._wait import FOREVER_MS, sliced
from .status import Status

EXIT_MS: Final = 5000
"""How long the end of the program waits for destinations, in milliseconds: as long as ``alog_free()`` does."""


_open: dict[int, Home] = {}  # root loggers, by handle
_abandoned: dict[int, None] = {}  # nobody holds them any more, and they have not written everything yet
_derived: dict[int, Collection[int]] = {}  # the same of derived ones, whose handle could not be given back
_found: dict[int, Home] = {}  # root loggers that another language made, and of which some here are derived
_calling: dict[int, Collection[int]] = {}  # derived ones that call what is at these addresses


def opened(handle: AlogLogger, home: Home) -> None:
    """Notes a new logger; finishes abandoned ones that are done by now."""
    for identity in list(_abandoned):
        _finish(AlogLogger(identity))
    for identity, addresses in list(_derived.items()):
        abandon_derived(identity, addresses)
    _open[handle.id] = home


def home_of(handle: AlogLogger) -> Home:
    """Returns what is known of a root logger; of one that another language made that is what was derived here."""
    for identity in list(_found):
        if library.alog_flush(AlogLogger(identity), 0) == Status.ERR_HANDLE:
            _found.pop(identity, None)  # its owner has freed it
    return _open.get(handle.id) or _found.setdefault(handle.id, Home())


def derived(handle: AlogLogger, addresses: Collection[int]) -> None:
    """Notes a derived logger, if it calls something in Python."""
    if addresses:
        _calling[handle.id] = addresses


def free(handle: AlogLogger) -> int:
    """Frees a logger; what it calls in Python is forgotten if and only if the library let go of it."""
    status: int = library.alog_free(handle)
    if status == Status.OK:
        _abandoned.pop(handle.id, None)
        home = _open.pop(handle.id, None)
        if home is not None:
            _callbacks.release(home.callbacks, at_once=True)
            _callbacks.drop_thread_states(home)
    return status


def free_derived(handle: AlogLogger, addresses: Collection[int]) -> int:
    """Frees a derived logger; what it calls in Python is forgotten when its last record is written. Never waits."""
    status: int = library.alog_free(handle)
    if status and status != Status.ERR_HANDLE:
        return status
    _derived.pop(handle.id, None)
    _calling.pop(handle.id, None)
    if addresses:
        _callbacks.release(addresses, at_once=False)
    return Status.OK


def abandon(identity: int) -> None:
    """Is called when a `Logger` is collected: begins to stop it, and waits for nothing, on whatever thread this is."""
    home = _open.get(identity)
    if home is None:
        return
    _abandoned[identity] = None
    _finish(AlogLogger(identity))
    if not home.stopped:
        warnings.warn("a logger was neither stopped nor closed", ResourceWarning, stacklevel=2)


def abandon_derived(identity: int, addresses: Collection[int]) -> None:
    """Is called when a derived `Logger` is collected, on whatever thread this is."""
    if free_derived(AlogLogger(identity), addresses):
        _derived[identity] = addresses  # in a signal handler: it is left for the next time


def _finish(handle: AlogLogger) -> None:
    # While it is not stopped, freeing it would wait: it is then left for the next time.
    if library.alog_stop(handle, 0) == Status.OK:
        free(handle)


def _stop_callers_of_python() -> None:
    """Stops, at exit, every logger that calls into Python: when the interpreter is gone, it cannot any more.

    Within `EXIT_MS` everything goes to its destination. After that calls that begin fail at once, and only one that is
    in progress is waited for without a deadline, as a thread that is no daemon is: its return would find no interpreter
    and take the process down. So would that of a thread that logs and is in a hook.

    Why not the other loggers too? They need no interpreter. The library writes what they accepted when the process
    ends, and until then they take what later exit handlers log. Nor one that another language made, and which may go
    on without an interpreter: of that only what is derived from it here and calls Python ends, as above.
    """
    deadline = time.monotonic() + EXIT_MS / 1000
    calling = [identity for identity, home in list(_open.items()) if home.callbacks]
    for identity in calling:
        handle = AlogLogger(identity)
        left = max(0, int((deadline - time.monotonic()) * 1000))
        sliced(functools.partial(library.alog_stop, handle), left)
    foreign = [identity for identity, home in list(_found.items()) if home.callbacks]
    for identity in foreign:
        left = max(0, int((deadline - time.monotonic()) * 1000))
        sliced(functools.partial(library.alog_flush, AlogLogger(identity)), left)
    _callbacks.refuse()
    for identity in calling:
        handle = AlogLogger(identity)
        sliced(functools.partial(library.alog_stop, handle), FOREVER_MS)
        free(handle)
    for identity, addresses in list(_calling.items()):
        free_derived(AlogLogger(identity), addresses)
    for identity in foreign:
        _callbacks.wait_for_return(_found[identity], functools.partial(library.alog_drain, AlogLogger(identity), 0, None))
    _callbacks.wait_for_callers()


def _before_fork() -> None:
    _this.is_main = threading.main_thread().ident == threading.get_ident()


def _after_fork_in_child() -> None:
    _callbacks.after_fork_in_child([*_open.values(), *_found.values()])
    if not _this.is_main:
        _this.at_end = _EndOfThread()


class _EndOfThread:
    """Does at the end of the thread that holds it what is due at exit, and ends the threads of the library.

    For a child that was forked by another thread than the main one: it runs no exit handler of Python, and it ends when
    its last thread does, which one of the library never would by itself.
    """

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # nobody is left to be told
            me = threading.get_ident()
            while others := [each for each in threading.enumerate() if not each.daemon and each.ident != me]:
                others[0].join()
            _stop_callers_of_python()
            deadline = time.monotonic() + EXIT_MS / 1000
            for identity in list(_open):
                library.alog_stop(AlogLogger(identity), max(0, int((deadline - time.monotonic()) * 1000)))
            _flush_all(_found)


_this = threading.local()


def _flush_all(*which: Collection[int]) -> None:
    """Writes what was accepted, at the end of a child of ``multiprocessing``, which runs no exit handler of C."""
    deadline = time.monotonic() + EXIT_MS / 1000
    for identity in [identity for some in which or (_open, _found) for identity in list(some)]:
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


os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
os.register_at_fork(after_in_child=_join_multiprocessing)
_join_multiprocessing()
atexit.register(_stop_callers_of_python)
