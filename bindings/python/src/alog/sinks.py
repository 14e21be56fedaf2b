"""Where log lines go: URLs, paths, and destinations written in Python."""

from __future__ import annotations

import codecs
import ctypes
import errno
import io
import itertools
import os
from typing import Any, Callable, Optional, Protocol, Union

from . import _native, _threadstate
from .levels import LevelLike, level_name


class Writer(Protocol):
    """A file-like object."""

    def write(self, lines: Any, /) -> object: ...


Target = Union[str, "os.PathLike[str]", Writer, Callable[[Any], object]]
"""What a `Sink` can be made of: a URL, a path, a file-like object, or a callable."""


class Sink:
    """A destination with options.

    Args:
        target: One of

            - a URL (``str``): ``"console:"``, ``"stderr:"``, ``"file:PATH"``, ``"fd:N"``;
            - a path (``os.PathLike``): the same as ``file:``, whatever characters it contains;
            - a file-like object: its ``write`` gets whole lines, many at a time, and its ``flush``, if it has one, is
              called after each such batch;
            - a callable: called with whole lines, many at a time.
        name: Of a destination in Python, for errors and statistics; they call it ``"callback:NAME"``. Default: made
            from the target.
        level: The lowest level this sink takes, of those that the logger takes. Default: all of these.
        format: ``"text"`` or ``"raw"``. Default: the logger's.
        text: Whether a destination in Python gets ``str`` instead of ``bytes``. Default: a text stream
            (`io.TextIOBase`, `codecs.StreamWriter`, any file with an ``encoding``) does, everything else does not.

    Raises:
        TypeError: The target is none of these.
        ValueError: `name` or `text` is given for a target that is not in Python.

    A destination in Python is called on the logger's writer thread, never from two threads at once for one logger. If
    it raises, the lines count as failed and `Logger.poll_error` reports it, with the exception; ``errno`` is that of an
    `OSError`, otherwise ``EIO``. It may log, which then never waits; to flush or stop raises `WouldDeadlockError`.
    A fork in the midst of a write copies the buffer and the lock of a file-like object as they are at that moment: in
    a program that forks, give a path or an unbuffered file.
    """

    def __init__(
        self,
        target: Target,
        *,
        name: Optional[str] = None,
        level: Optional[LevelLike] = None,
        format: Optional[str] = None,
        text: Optional[bool] = None,
    ) -> None:
        self.deliver: Optional[Callable[[bytes], object]] = None
        if isinstance(target, str):
            base = target
        elif isinstance(target, os.PathLike):
            path: str = os.fsdecode(target)  # pyright: ignore[reportUnknownArgumentType]
            base = "file:" + path.replace("%", "%25").replace("?", "%3F")
        else:
            self.deliver = _deliverer(target, _takes_text(target) if text is None else text)
            base = (name or _name_of(target)).replace("?", "_")
        if self.deliver is None and (name is not None or text is not None):
            raise ValueError(f"name and text are for destinations in Python, not for {target!r}")
        options = {"level": None if level is None else level_name(level), "format": format}
        given = "&".join(f"{key}={value}" for key, value in options.items() if value is not None)
        self.spec = base if not given else f"{base}&{given}" if "?" in base else f"{base}?{given}"

    def __repr__(self) -> str:
        return f"<alog.Sink {self.spec}>"


def _takes_text(target: object) -> bool:
    # A temporary file is of neither type, but has the `encoding` of the stream that it wraps if that has one.
    return isinstance(target, (io.TextIOBase, codecs.StreamWriter)) or (
        hasattr(target, "write") and hasattr(target, "encoding")
    )


def _name_of(target: object) -> str:
    for attribute in ("name", "__qualname__"):
        name: object = getattr(target, attribute, None)
        if name and isinstance(name, str):
            return name
    return type(target).__name__


def _deliverer(target: Any, text: bool) -> Callable[[bytes], object]:
    """Returns the function that hands a batch to a destination in Python."""
    is_file = hasattr(target, "write")
    write: Any = target.write if is_file else target
    if not callable(write):
        raise TypeError(f"a sink is a URL, a path, a file-like object or a callable, not {type(target).__name__}")
    take: Any = _whole_writes(target) if isinstance(target, io.RawIOBase) else write
    flush = getattr(target, "flush", None) if is_file else None

    def deliver(lines: bytes) -> None:
        # A raw line can be any bytes; what is not UTF-8 must not fail the rest of the batch.
        take(lines.decode("utf-8", "backslashreplace") if text else lines)
        if flush is not None:
            flush()

    return deliver


def _whole_writes(raw: io.RawIOBase) -> Callable[[bytes], None]:
    """Returns a write that does not stop at a part: a raw stream may take less than it is given."""

    def write(lines: bytes) -> None:
        rest = memoryview(lines)
        while rest:
            taken = raw.write(rest)
            if taken is None:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            rest = rest[taken:]

    return write


class Registered:
    """A destination in Python that a logger writes to."""

    __slots__ = ("deliver", "exception", "thread_state")

    def __init__(self, deliver: Callable[[bytes], object]) -> None:
        self.deliver = deliver
        self.exception: Optional[BaseException] = None  # the last one it raised
        self.thread_state: Optional[int] = None  # of the writer thread, if this was the first that it called


# The library holds a destination by its number here, never by address: a late call can find nothing, but not crash.
# Plain dict operations, each of them atomic, and no lock: a lock could be held by another thread at a fork.
_registered: dict[int, Registered] = {}
_numbers = itertools.count(1)
_refusing = False


def register(deliver: Callable[[bytes], object]) -> int:
    """Registers a destination; returns its number, the ``user_data`` of the library's calls."""
    number = next(_numbers)
    _registered[number] = Registered(deliver)
    return number


def registered(number: int) -> Optional[Registered]:
    """Returns the destination of that number, if it is still registered."""
    return _registered.get(number)


def unregister(number: int) -> None:
    """Forgets a destination. Nothing may write to it any more."""
    destination = _registered.pop(number, None)
    if destination is not None and destination.thread_state is not None:
        _threadstate.drop(destination.thread_state)


def forget_thread_states() -> None:
    """Is called in a child after a fork, which has none of its parent's threads, and freed their states."""
    for number in list(_registered):
        destination = _registered.get(number)
        if destination is not None:
            destination.thread_state = None


def refuse() -> None:
    """Makes every call that begins after this one fail at once: for the end of the interpreter."""
    global _refusing
    _refusing = True


def _call(number: int, lines: int, length: int, line_count: int) -> int:
    """Is what the library calls for every destination in Python. Returns 0 or an ``errno``; never raises."""
    destination = None
    try:
        if _refusing:
            return errno.ESHUTDOWN
        destination = _registered[number]
        state = _threadstate.keep()
        if state is not None:
            destination.thread_state = state
        destination.deliver(ctypes.string_at(lines, length))
        return 0
    except BaseException as exception:  # even SystemExit: there is no Python below that could handle it
        if destination is not None:
            destination.exception = exception
        code = getattr(exception, "errno", None)
        return code if isinstance(code, int) and 0 < code < 4096 else errno.EIO


CALLBACK = _native.SinkFn(_call)
"""The one C function behind all of them. It lives as long as this module, hence longer than any logger's thread."""

NO_DESTROY = _native.DestroyFn()
"""A NULL: destinations are forgotten by `unregister`, on a thread of Python's."""
