"""Where log lines go: URLs, paths, and destinations written in Python."""

from __future__ import annotations

import codecs
import errno
import io
import os
from typing import Any, Callable, Optional, Protocol, Union

from ._arguments import checked
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

            - a URL (``str``): ``"console:"``, ``"stderr:"``, ``"file:PATH"``, ``"fd:N"``, ``"tcp://HOST:PORT"``,
              ``"udp://HOST:PORT"``, ``"unix:PATH"``, ``"syslog:"``, ``"journald:"``, ``"otlp://HOST:PORT"``,
              ``"memory:NAME"``, ``"pull:NAME"``;
            - a path (``os.PathLike``): the same as ``file:``, whatever characters it contains;
            - a file-like object: its ``write`` gets whole lines, many at a time, and its ``flush``, if it has one, is
              called after each such batch;
            - a callable: called with whole lines, many at a time.
        name: Of a destination in Python, for errors and statistics; they call it ``"callback:NAME"``. Default: made
            from the target.
        level: The levels that this sink takes, of those that the logger takes, as for a `Logger`. Default: all.
        format, pattern, time_zone, color: As for a `Logger`. Default: the logger's.
        parameters: What else a sink of this kind takes, such as ``rate_limit="100/s"``, ``dedup="5s"``, ``backtrace=200``;
            CONFIGURATION.md lists it.
        text: Whether a destination in Python gets ``str`` instead of ``bytes``. Default: a text stream
            (`io.TextIOBase`, `codecs.StreamWriter`, any file with an ``encoding``) does, everything else does not.

    Raises:
        TypeError: The target is none of these.
        ValueError: `name` or `text` is given for a target that is not in Python.

    A destination in Python is called on a writer thread of the logger, never from two threads at once. If
    it raises, the lines count as failed and `Logger.poll_error` reports it, with the exception; ``errno`` is that of an
    `OSError`, otherwise ``EIO``. It may log, which then never waits; to flush or stop raises `WouldDeadlockError`.
    A fork in the midst of a write copies the buffer and the lock of a file-like object as they are at that moment: in
    a program that forks, give a path or an unbuffered file. An isolated sub-interpreter (Python 3.13: one with a lock
    or a memory of its own) cannot be called by such a thread: there a destination, a hook or a scheduler in Python is
    a `ModeError` when the logger is made, and everything else works.
    """

    @checked
    def __init__(
        self,
        target: Target,
        *,
        name: Optional[str] = None,
        level: Optional[LevelLike] = None,
        format: Optional[str] = None,
        pattern: Optional[str] = None,
        time_zone: Optional[str] = None,
        color: Optional[str] = None,
        text: Optional[bool] = None,
        **parameters: object,
    ) -> None:
        self.deliver: Optional[Callable[[bytes], object]] = None
        if isinstance(target, str):
            base = target
        elif isinstance(target, os.PathLike):
            path: str = os.fsdecode(target)  # pyright: ignore[reportUnknownArgumentType]
            base = "file:" + path.replace("%", "%25").replace("?", "%3F")
        else:
            self.deliver = _deliverer(target, _takes_text(target) if text is None else text)
            base = (name or name_of(target)).replace("?", "_")
        if self.deliver is None and (name is not None or text is not None):
            raise ValueError(f"name and text are for destinations in Python, not for {target!r}")
        self.origin = f"callback:{base}"
        options = {
            "level": None if level is None else level_name(level),
            "format": format,
            "pattern": pattern,
            "time_zone": time_zone,
            "color": color,
            **{key: _shown(value) for key, value in parameters.items()},
        }
        given = "&".join(f"{key}={_escaped(value)}" for key, value in options.items() if value is not None)
        self.spec = base if not given else f"{base}&{given}" if "?" in base else f"{base}?{given}"

    def __repr__(self) -> str:
        return f"<alog.Sink {self.spec}>"


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _escaped(value: str) -> str:
    return value.replace("%", "%25").replace("&", "%26").replace("?", "%3F")


def _takes_text(target: object) -> bool:
    # A temporary file is of neither type, but has the `encoding` of the stream that it wraps if that has one.
    return isinstance(target, (io.TextIOBase, codecs.StreamWriter)) or (
        hasattr(target, "write") and hasattr(target, "encoding")
    )


def name_of(target: object) -> str:
    """Returns what a function or a file calls itself, or its type."""
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
