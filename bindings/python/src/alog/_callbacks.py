"""What the library calls in Python: destinations, hooks, schedulers.

One C function stands behind all of a kind; it gets the address of a cell, which says whose turn it is. It never raises:
what Python raises becomes an error of the logger.

The library gives a cell back with ``sem_post``, of the C library: it may do so on any thread, also when the interpreter
is gone, where a function written in Python would take the process down. Python looks for it when it registers more.

No lock in here: it could be held by another thread at a fork. Plain dict operations are atomic.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import importlib
import itertools
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any, Callable, Final, Optional

from . import _attention, _native, _threadstate
from ._fast import this_interpreter
from .errors import ModeError
from .record import Record
from .status import Status

_c_library = ctypes.CDLL(None)
_CELL_BYTES: Final = 64
"""Space for a ``sem_t`` of any C library."""
GIVEN_BACK: Final = ctypes.cast(_c_library.sem_post, _native.DestroyFn)
"""The ``destroy`` of every callback."""

Cell = Any  # a ctypes array; its address is what the library has
OTHER_WORKER: Final = 0xFFFFFFFF  # there is none of that number


def _may_be_called() -> bool:
    """Whether threads of the library may call Python here.

    Such a thread enters the main interpreter. What another one made it may only use there if that has the same lock and
    the same memory for its objects: one that has not would take the process down.
    """
    number = this_interpreter().number
    if number == 0:
        return True
    try:
        it = importlib.import_module("_interpreters").get_config(number)
    except ImportError:
        return sys.version_info < (3, 13)  # before that ctypes, hence this, is in none but such
    return bool(it.gil != "own" and it.use_main_obmalloc)


MAY_BE_CALLED: Final = _may_be_called()


class Home:
    """A root logger and all that is derived from it, as far as Python has to know them."""

    __slots__ = ("callbacks", "origins", "stopped", "thread_states")

    def __init__(self) -> None:
        self.callbacks: dict[int, None] = {}  # addresses of those that the library may call
        self.origins: dict[str, Registered] = {}  # by the origin of their errors
        self.thread_states: list[int] = []  # that writer threads keep
        self.stopped = False  # or about to be


class Registered:
    """A function in Python that a logger calls."""

    __slots__ = ("cell", "exception", "function", "home")

    def __init__(self, function: Callable[..., Any], home: Home) -> None:
        self.function = function
        self.home = home
        self.exception: Optional[BaseException] = None  # the last one it raised
        self.cell: Cell = (ctypes.c_uint64 * (_CELL_BYTES // 8))()
        _c_library.sem_init(ctypes.byref(self.cell), 0, 0)


_registered: dict[int, Registered] = {}
_released: dict[int, Cell] = {}  # nobody asks for them any more, but the library may still have them
_refusing = False
_inside: dict[int, int] = {}  # threads that are in a call which may call back, by the number of the call
_calls = itertools.count()
_interrupted: dict[int, BaseException] = {}  # by thread: what is to be raised when its call is over


def register(function: Callable[..., Any], home: Home, origin: str) -> int:
    """Registers a function; returns its address, the ``user_data`` of the library's calls.

    Raises:
        ModeError: Nothing can be called in this interpreter.
    """
    if not MAY_BE_CALLED:
        raise ModeError(
            "an isolated sub-interpreter cannot be called from a thread of the library: "
            "here a logger has no destination, hook or scheduler in Python",
            Status.ERR_MODE,
            origin=origin,
        )
    sweep()
    entry = Registered(function, home)
    address = ctypes.addressof(entry.cell)
    _registered[address] = entry
    home.callbacks[address] = None
    home.origins[cut(origin)] = entry
    return address


def release(addresses: Iterable[int], *, at_once: bool) -> None:
    """Forgets functions: at once if nothing can call them, else when the library has given them back."""
    for address in list(addresses):
        entry = _registered.get(address)
        if entry is not None:
            _released[address] = entry.cell
            if at_once:
                _forget(address)
    sweep()


def never_taken(addresses: Iterable[int]) -> None:
    """Forgets functions that the library has not."""
    for address in addresses:
        _forget(address)


def sweep() -> None:
    """Forgets what the library has given back."""
    for address, cell in list(_released.items()):
        if _c_library.sem_trywait(ctypes.byref(cell)) == 0:
            _forget(address)
            _released.pop(address, None)


def _forget(address: int) -> None:
    entry = _registered.pop(address, None)
    if entry is not None:
        entry.home.callbacks.pop(address, None)
        for origin, other in list(entry.home.origins.items()):
            if other is entry:
                entry.home.origins.pop(origin, None)


def cut(origin: str) -> str:
    """Returns the origin of errors as the library has space for it."""
    return origin.encode("utf-8", "replace")[:63].decode("utf-8", "ignore")


def drop_thread_states(home: Home) -> None:
    """Frees what the writer threads of a logger kept. None of them may be left."""
    while home.thread_states:
        _threadstate.drop(home.thread_states.pop())


def refuse() -> None:
    """Makes every call that begins after this one fail at once: for the end of the interpreter."""
    global _refusing
    _refusing = True


def careful(function: Callable[..., int]) -> Callable[..., int]:
    """Wraps a function of the library that may call Python on the thread that calls it.

    Such a thread must not be in it when the interpreter goes: it could not come back through the library's frames. And
    a Ctrl-C that a callback swallowed is raised when the call is over. (One that comes in the microseconds between the
    library's call and the first line of the callback is printed by ctypes, and lost: there is no Python around it yet.)
    """

    def call(*arguments: Any) -> int:
        number, thread = next(_calls), threading.get_ident()
        _inside[number] = thread
        try:
            if _refusing:
                return Status.ERR_STOPPED
            status = function(*arguments)
        finally:
            del _inside[number]
        if _interrupted and (interrupt := _interrupted.pop(thread, None)) is not None:
            _attention.want(0)
            with contextlib.suppress(BaseException):  # the first one is enough
                _attention.raise_again()
            raise interrupt
        return status

    return call


def wait_for_callers() -> None:
    """Waits until no other thread is in a call that may call back. After `refuse`, none comes."""
    this = threading.get_ident()
    while any(thread != this for thread in list(_inside.values())):
        time.sleep(0.001)


def wait_for_return(home: Home, write: Callable[[], object]) -> None:
    """Waits until the library has given back everything of a logger that calls Python. After `refuse` that is soon.

    Args:
        home: What it calls.
        write: Writes what is there, if the threads that log do so.
    """
    while home.callbacks:
        write()
        time.sleep(0.001)
        sweep()


def after_fork_in_child(homes: Iterable[Home]) -> None:
    """Forgets the threads that are not here; the system freed the states of those."""
    this = threading.get_ident()
    for number, thread in list(_inside.items()):
        if thread != this:
            del _inside[number]
    for home in homes:
        home.thread_states.clear()


def _enter(address: int) -> Registered:
    entry = _registered[address]
    state = _threadstate.keep()
    if state is not None:
        entry.home.thread_states.append(state)
    return entry


def _failed(entry: Optional[Registered], exception: BaseException) -> int:
    if entry is not None:
        entry.exception = exception
    thread = threading.get_ident()
    if isinstance(exception, KeyboardInterrupt) and thread in _inside.values():
        _interrupted[thread] = exception
        _attention.want(1)  # the call may be about to wait
    code = getattr(exception, "errno", None)
    return code if isinstance(code, int) and 0 < code < 4096 else errno.EIO


def _on_lines(address: int, lines: int, length: int, line_count: int) -> int:
    entry = None
    try:
        if _refusing:
            return errno.ESHUTDOWN
        entry = _enter(address)
        entry.function(ctypes.string_at(lines, length))
        return 0
    except BaseException as exception:  # even SystemExit: there is no Python below that could handle it
        return _failed(entry, exception)


def _on_record(address: int, pointer: int) -> int:
    entry, record = None, None
    try:
        if _refusing:
            return errno.ESHUTDOWN
        entry = _enter(address)
        record = Record(pointer)
        entry.function(record)
        return 0
    except BaseException as exception:  # as above
        return _failed(entry, exception)
    finally:
        if record is not None:
            record._pointer = None


def _on_choice(address: int, pointer: int, worker_count: int) -> int:
    entry, record = None, None
    try:
        if _refusing:
            return 0
        entry = _enter(address)
        record = Record(pointer, writable=False)
        worker = entry.function(record, worker_count)
        if not isinstance(worker, int):
            raise TypeError(f"a scheduler returns an int, not {type(worker).__name__}")
        if not 0 <= worker < worker_count:
            most = worker_count - 1
            entry.exception = ValueError(f"the scheduler picked worker {worker}; there are 0 to {most}")
        return worker if 0 <= worker < OTHER_WORKER else OTHER_WORKER
    except BaseException as exception:  # as above
        _failed(entry, exception)
        return OTHER_WORKER
    finally:
        if record is not None:
            record._pointer = None


# They live as long as this module, hence longer than any logger's thread.
ON_LINES: Final = _native.SinkFn(_on_lines)
ON_RECORD: Final = _native.HookFn(_on_record)
ON_CHOICE: Final = _native.SchedulerFn(_on_choice)
