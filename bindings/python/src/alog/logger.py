"""The logger."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Iterator
from types import TracebackType
from typing import NoReturn, Optional, Union

from . import _lifetime, _native, sinks
from ._opening import open_logger
from ._text import SURROGATES, Message, octets
from ._wait import SLICE_MS, aside, milliseconds, sliced
from .errors import Error, LogError, TimeoutError, error_of, log_error_of, text_of
from .levels import LevelLike, level_name, level_number, lowest_taken
from .sinks import Sink, Target
from .stats import SinkStats, Stats, sink_stats_of, stats_of
from .status import Status

_library = _native.library
_alog_write = _library.alog_write
_TRACE, _DEBUG, _INFO, _NOTICE, _WARN, _ERROR, _FATAL = range(7)


class Logger:
    """Writes messages in the background; logging never waits for a destination.

    >>> import io
    >>> lines = io.StringIO()
    >>> with Logger(lines, format="raw") as log:
    ...     log.info("hello")
    True
    >>> lines.getvalue()
    'hello\\n'

    Args:
        *sinks: Where lines go, at most 64: a URL (``"console:"``, ``"stderr:"``, ``"file:app.log"``, ``"fd:3"``, each
            with ``?level=warn&format=raw`` if wanted), a path, a file-like object, a callable, or a `Sink` of any of
            these with options. Default: standard output.
        level: The lowest level taken: a `Level`, its number, or a name; ``"off"`` takes none.
        queue_bytes: The queue of each thread that logs: ``"4KiB"`` to ``"1GiB"``, or a number of bytes; rounded up to a
            power of two.
        max_message_bytes: The longest message taken: 1 to ``"1GiB"``.
        overflow: What a call does when the queue is full: ``"block"`` waits for space, ``"block:250ms"`` at most that
            long (``ms`` or ``s``), ``"drop-newest"`` refuses the message. Ctrl-C does not end this wait.
        error_capacity: How many distinct errors are kept for `poll_error`: 1 to 65536.
        format: ``"text"`` (``[2026-01-31 23:59:59.123456Z] INFO - message``, in UTC; what could break the line is
            escaped, and can be restored) or ``"raw"`` (the bytes of the message). Both end in one newline.

    Raises:
        ConfigError: A setting or a sink is not valid; the text says what is.
        OpenError: A destination could not be opened.
        ResourceError: Memory, a thread or a descriptor could not be had.

    Every method may be called from any thread. After a fork both processes may use the logger at once: the child
    begins with an empty queue, and what the parent had accepted is written by the parent alone.

    ``with`` stops the logger at its end. A logger that is never stopped loses nothing either when the program ends
    normally; one that is collected before is stopped then, with a `ResourceWarning`.
    """

    def __init__(
        self,
        *sinks: Union[Target, Sink],
        level: LevelLike = "info",
        queue_bytes: Union[int, str] = "1MiB",
        max_message_bytes: Union[int, str] = "1MiB",
        overflow: str = "block",
        error_capacity: Union[int, str] = 256,
        format: str = "text",
    ) -> None:
        settings = {
            "level": level_name(level),
            "queue_bytes": str(queue_bytes),
            "max_message_bytes": str(max_message_bytes),
            "overflow": overflow,
            "error_capacity": str(error_capacity),
            "format": format,
        }
        self._lowest = lowest_taken(level)
        self._handle, destinations = open_logger(settings, [_as_sink(sink) for sink in sinks])
        self._open = _lifetime.opened(self._handle, list(destinations.values()))
        names = [stats.name for stats in self.sink_stats()] if destinations else []
        self._destinations = {names[index]: number for index, number in destinations.items()}
        self._collected = weakref.finalize(self, _lifetime.abandon, self._handle.id)
        self._collected.atexit = False  # type: ignore[misc, unused-ignore] # older stubs do not know it

    def trace(self, message: Message) -> bool:
        """Logs a message at TRACE; see `info`."""
        return self._lowest <= _TRACE and self._put(_TRACE, message) == 0

    def debug(self, message: Message) -> bool:
        """Logs a message at DEBUG; see `info`."""
        return self._lowest <= _DEBUG and self._put(_DEBUG, message) == 0

    def info(self, message: Message) -> bool:
        """Logs a message at INFO.

        A ``str`` is encoded as UTF-8; every ``str`` has an encoding here: U+DC80 to U+DCFF, which stand for a byte
        that was not UTF-8 (``surrogateescape``), become that byte again, every other surrogate its three bytes
        (``surrogatepass``). A ``%`` means nothing.

        Returns:
            True if and only if the message was accepted: it is copied and will be written. False: its level is switched
            off, the queue was full, it is too long, or the logger is stopped or closed. Nothing of that raises, for
            logging must not end the program that does it; `stats` counts each reason, losses appear in the log itself,
            and `write` returns the reason.

        Raises:
            TypeError: The message is neither ``str`` nor bytes. (A level that is off looks at nothing.)

        Waits only if the queue is full and ``overflow`` is ``block``.
        """
        return self._lowest <= _INFO and self._put(_INFO, message) == 0

    def notice(self, message: Message) -> bool:
        """Logs a message at NOTICE; see `info`."""
        return self._lowest <= _NOTICE and self._put(_NOTICE, message) == 0

    def warn(self, message: Message) -> bool:
        """Logs a message at WARN; see `info`."""
        return self._lowest <= _WARN and self._put(_WARN, message) == 0

    def error(self, message: Message) -> bool:
        """Logs a message at ERROR; see `info`."""
        return self._lowest <= _ERROR and self._put(_ERROR, message) == 0

    def fatal(self, message: Message) -> bool:
        """Logs a message at FATAL; see `info`. Does not end the program."""
        return self._lowest <= _FATAL and self._put(_FATAL, message) == 0

    warning = warn
    critical = fatal

    def log(self, level: LevelLike, message: Message) -> bool:
        """Logs a message at a level that the program computes; see `info`.

        Raises:
            ValueError: There is no such level.
            TypeError: The message is neither ``str`` nor bytes, or the level neither a number nor a name.
        """
        return self._put(level_number(level), message) == 0

    def write(self, level: LevelLike, message: Message) -> Status:
        """Logs a message as `log` does, and says exactly what became of it.

        Returns:
            ``OK``: accepted. ``DISABLED``: the level is off; not counted. ``DROPPED``: the queue is full and
            ``overflow`` is ``drop-newest``. ``ERR_TIMEOUT``: it stayed full for the time of ``block:TIME``.
            ``ERR_STOPPED``, ``ERR_HANDLE``: stopped, closed. ``ERR_TOO_LARGE``: longer than ``max_message_bytes``.
            ``ERR_WOULD_DEADLOCK``: the queue is full and this is a destination of the logger, on its writer thread.
            ``ERR_MEMORY``, ``ERR_THREAD``: the system refused what this thread or this child process needs first.
        """
        return Status(self._put(level_number(level), message))

    def write_sync(self, level: LevelLike, message: Message, timeout: Optional[float] = None) -> bool:
        """Logs a message, waits until it is written, and reports what the destinations said.

        It takes its place behind everything that this thread logged before.

        Args:
            level: As for `log`.
            message: As for `info`.
            timeout: How long to wait, in seconds; None: no deadline. Ctrl-C does not end this wait, only the deadline.

        Returns:
            True: every sink that takes this level has written it. False: the level is switched off, or the queue is
            full and ``overflow`` is ``drop-newest``.

        Raises:
            WriteError: A sink failed; ``errno`` says why.
            TimeoutError: The deadline passed while it waited. If it was in the queue by then it will be written.
            StoppedError, ClosedError, TooLargeError, WouldDeadlockError, ResourceError: It was not taken.
            ValueError: There is no such level, or the timeout is negative.
        """
        number, data, failure = level_number(level), octets(message), _native.AlogError()
        # Why not on a thread aside, as a long flush? It has a queue of its own: another place, another overflow.
        status: int = _library.alog_write_sync(
            self._handle, number, data, len(data), milliseconds(timeout), ctypes.byref(failure)
        )
        if status < 0:
            raise error_of(status, failure)
        return status == Status.OK

    def flush(self, timeout: Optional[float] = None) -> None:
        """Waits until everything accepted before the call was handed to every sink.

        What a sink refused counts as failed and is reported by `poll_error`, not here. Ctrl-C ends the wait.

        Args:
            timeout: How long to wait, in seconds; None: no deadline; 0: ask only.

        Raises:
            TimeoutError: Not yet; the text says how many are pending.
            WouldDeadlockError: Called by a destination of the logger.
            ClosedError: The logger is closed. (A stopped one has nothing left to write: no error.)
            ValueError: The timeout is negative.
        """
        timeout_ms = milliseconds(timeout)
        # Most flushes end within the first slice. Beyond it the call must not be repeated: it would wait for what was
        # accepted meanwhile as well, hence for ever under load.
        first_ms = SLICE_MS if timeout_ms < 0 else min(timeout_ms, SLICE_MS)
        status = self._flush(first_ms)
        if status == Status.ERR_TIMEOUT and first_ms != timeout_ms:
            status = aside(self._flush, timeout_ms if timeout_ms < 0 else timeout_ms - first_ms)
        self._check(status)

    def stop(self, timeout: Optional[float] = None) -> None:
        """Closes the intake, writes everything that was accepted, and ends the writer thread.

        Afterwards the logging methods return False; errors and statistics are still there. To stop again does nothing.
        Ctrl-C ends the wait, not the stopping.

        Args:
            timeout: How long to wait, in seconds; None: no deadline.

        Raises:
            TimeoutError: The intake is closed but not all is written; the text says how many are pending. The writer
                goes on, and the call can be repeated.
            WouldDeadlockError: Called by a destination of the logger; nothing was done.
            ValueError: The timeout is negative.
        """
        timeout_ms = milliseconds(timeout)
        self._open.stopped = True
        status = sliced(self._stop, timeout_ms)
        if status != Status.ERR_HANDLE:
            self._check(status)

    def close(self, timeout: Optional[float] = None) -> None:
        """Stops the logger and gives back everything it holds. To close again does nothing.

        Afterwards the logging methods return False; `flush`, `stats`, `poll_error` and the like raise `ClosedError`.
        Takes and raises what `stop` does; after an error the logger is not closed.
        """
        self.stop(timeout)
        status = _lifetime.free(self._handle)
        if status != Status.ERR_HANDLE:
            self._check(status)

    def poll_error(self) -> Optional[LogError]:
        """Takes the oldest error that nobody has taken yet; None if there is none. Never waits.

        Errors of every stage come here: sinks that fail, messages refused because the queue was full. Identical
        consecutive ones are folded into one with a count. If nobody polls, nothing waits.

        Raises:
            ClosedError: The logger is closed.
        """
        record = _native.AlogError()
        status: int = _library.alog_poll_error(self._handle, ctypes.byref(record))
        if status == Status.EMPTY:
            return None
        self._check(status)
        number = self._destinations.get(text_of(record.origin))
        destination = None if number is None else sinks.registered(number)
        return log_error_of(record, destination.exception if destination else None)

    def errors(self) -> Iterator[LogError]:
        """Takes the errors that are there now, oldest first, and ends when there is none. Never waits."""
        while (error := self.poll_error()) is not None:
            yield error

    def error_fd(self) -> int:
        """Gives a descriptor that is readable if and only if there is an error to poll.

        For `select`, `selectors`, ``asyncio``'s ``add_reader``. Do not read from it or close it; it is the logger's
        until `close`. A child after a fork asks for its own.

        Raises:
            ResourceError: The system has no descriptor left.
            ClosedError: The logger is closed.
        """
        descriptor = ctypes.c_int32()
        self._check(_library.alog_error_fd_get(self._handle, ctypes.byref(descriptor)))
        return descriptor.value

    def stats(self) -> Stats:
        """Reads the exact account of the logger, also while others log, and after `stop`.

        Raises:
            ClosedError: The logger is closed.
        """
        record = _native.AlogStats()
        self._check(_library.alog_stats_get(self._handle, ctypes.byref(record)))
        return stats_of(record)

    def sink_stats(self) -> list[SinkStats]:
        """Reads the exact account of every sink, in the order in which they were given.

        Raises:
            ClosedError: The logger is closed.
        """
        found: list[SinkStats] = []
        record = _native.AlogSinkStats()
        while True:
            status: int = _library.alog_sink_stats_get(self._handle, len(found), ctypes.byref(record))
            if status == Status.EMPTY:
                return found
            self._check(status)
            found.append(sink_stats_of(record))

    def __enter__(self) -> Logger:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        try:
            names = ", ".join(stats.name for stats in self.sink_stats())
        except Error as error:
            names = str(error)
        return f"<alog.Logger {names}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an alog.Logger belongs to its process: make one in each, or fork")

    def _put(self, level: int, message: Message) -> int:
        data = message.encode("utf-8", SURROGATES) if isinstance(message, str) else octets(message)
        status: int = _alog_write(self._handle, level, data, len(data))
        return status

    def _flush(self, timeout_ms: int) -> int:
        status: int = _library.alog_flush(self._handle, timeout_ms)
        return status

    def _stop(self, timeout_ms: int) -> int:
        status: int = _library.alog_stop(self._handle, timeout_ms)
        return status

    def _check(self, status: int) -> None:
        if status == Status.OK:
            return
        if status == Status.ERR_TIMEOUT:
            raise TimeoutError(f"{self.stats().pending} records are not written yet", Status.ERR_TIMEOUT)
        raise error_of(status)


def _as_sink(sink: Union[Target, Sink]) -> Sink:
    return sink if isinstance(sink, Sink) else Sink(sink)
