"""The methods that ask a logger what became of its messages."""

from __future__ import annotations

import ctypes
from typing import Optional

from . import _native
from ._arguments import checked
from ._callbacks import Home
from ._iterating import Errors
from ._native import AlogLogger, library
from .errors import ConfigError, Error, LogError, TimeoutError, error_of, log_error_of, text_of
from .stats import SinkStats, Stats, sink_stats_of, stats_of
from .status import Status


class Questions:
    """What a `Logger` can be asked."""

    __slots__ = ()

    _handle: AlogLogger
    _home: Home

    def poll_error(self) -> Optional[LogError]:
        """Takes the oldest error that nobody has taken yet; None if there is none. Never waits.

        Errors of every stage come here: sinks that fail, messages refused because the queue was full. Identical
        consecutive ones are folded into one with a count. If nobody polls, nothing waits.

        Raises:
            ClosedError: The logger is closed.
        """
        record = _native.AlogError()
        status: int = library.alog_poll_error(self._handle, ctypes.byref(record))
        if status == Status.EMPTY:
            return None
        self._check(status)
        behind = self._home.origins.get(text_of(record.origin))
        return log_error_of(record, behind.exception if behind else None)

    def errors(self) -> Errors:
        """Takes the errors, oldest first.

        ``for error in log.errors()`` takes those that are there now, and never waits. ``async for error in log.errors()``
        waits for those that come as well, in an event loop of ``asyncio``, and ends when the logger was stopped, by whatever
        part of the process, and all are taken. Each error goes to one of those that ask.

        Raises:
            ClosedError: The logger is closed; ``async for`` just ends.
            OSError: ``async for``: the system has no descriptor left.
        """
        return Errors(self.poll_error, self.error_fd, self.end_fd)

    def error_fd(self) -> int:
        """Gives a descriptor that is readable if and only if there is an error to poll.

        For `select`, `selectors`, ``asyncio``'s ``add_reader``. Do not read from it or close it; it is the logger's
        until `close`. A child after a fork asks for its own.

        Raises:
            ResourceError: The system has no descriptor left.
            ClosedError: The logger is closed.
        """
        descriptor = ctypes.c_int32()
        self._check(library.alog_error_fd_get(self._handle, ctypes.byref(descriptor)))
        return descriptor.value

    def end_fd(self) -> int:
        """Gives a descriptor that is readable if and only if the logger has stopped, whoever stopped it.

        Then no error comes any more: what `poll_error` has left are the last ones. As `error_fd` otherwise.

        Raises:
            ResourceError: The system has no descriptor left.
            ClosedError: The logger is closed.
        """
        descriptor = ctypes.c_int32()
        self._check(library.alog_end_fd_get(self._handle, ctypes.byref(descriptor)))
        return descriptor.value

    def stats(self) -> Stats:
        """Reads the exact account of the logger, also while others log, and after `stop`.

        Raises:
            ClosedError: The logger is closed.
        """
        record = _native.AlogStats()
        self._check(library.alog_stats_get(self._handle, ctypes.byref(record)))
        return stats_of(record)

    def sink_stats(self) -> list[SinkStats]:
        """Reads the exact account of every sink, in the order in which they were given.

        Raises:
            ClosedError: The logger is closed.
        """
        return _sinks_of(self._handle)

    @checked
    def memory(self, name: str) -> list[bytes]:
        """Reads the lines that the sink ``memory:NAME`` keeps, the oldest first, each without its newline.

        They stay there. A message is among them when it is written: see `flush`. Works also after `stop`.

        Raises:
            ConfigError: The logger has no such sink; the text says which there are.
            ClosedError: The logger is closed.
        """
        key, size = sink_name(name), ctypes.c_size_t()
        status: int = library.alog_memory_read(self._handle, key, None, 0, ctypes.byref(size), None)
        if status != Status.OK:
            raise sink_error(self._handle, status, f"memory:{name}")
        room = size.value
        lines = ctypes.create_string_buffer(room + 1)
        self._check(library.alog_memory_read(self._handle, key, lines, room, ctypes.byref(size), None))
        return ctypes.string_at(lines, size.value).split(b"\n")[:-1]

    @checked
    def clear_memory(self, name: str) -> None:
        """Throws away what the sink ``memory:NAME`` keeps.

        Raises:
            ConfigError: The logger has no such sink; the text says which there are.
            ClosedError: The logger is closed.
        """
        status: int = library.alog_memory_clear(self._handle, sink_name(name))
        if status != Status.OK:
            raise sink_error(self._handle, status, f"memory:{name}")

    def _check(self, status: int) -> None:
        if not status:
            return
        if status == Status.ERR_TIMEOUT:
            raise TimeoutError(f"{self.stats().pending} records are not written yet", Status.ERR_TIMEOUT)
        raise error_of(status)


def _sinks_of(handle: AlogLogger) -> list[SinkStats]:
    found: list[SinkStats] = []
    record = _native.AlogSinkStats()
    while True:
        status: int = library.alog_sink_stats_get(handle, len(found), ctypes.byref(record))
        if status == Status.EMPTY:
            return found
        if status != Status.OK:
            raise error_of(status)
        found.append(sink_stats_of(record))


def sink_name(name: str) -> bytes:
    """A name as C takes it; one with a NUL or a surrogate is that of no sink, for no specification can have it."""
    return name.replace("\0", "\ufffd").encode("utf-8", "replace")


def sink_error(handle: AlogLogger, status: int, sink: str) -> Error:
    """Makes the exception for a call that names a sink: if there is none of that name, it says which there are."""
    if status != Status.ERR_SINK:
        return error_of(status)
    there = ", ".join(f'"{it.name}"' for it in _sinks_of(handle)) or "none"
    return ConfigError(f'no sink "{sink}"; there are {there}', Status.ERR_SINK)
