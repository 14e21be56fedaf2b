"""The methods that write what is there, wait for it, and end a logger."""

from __future__ import annotations

import contextlib
import ctypes
import warnings
from collections.abc import Collection
from types import TracebackType
from typing import TYPE_CHECKING, Callable, Optional, TypeVar

from . import _callbacks, _lifetime
from ._arguments import checked
from ._native import library
from ._questions import Questions
from ._wait import CLOSE_SECONDS, SLICE_MS, aside, milliseconds, sliced
from .errors import TimeoutError
from .status import Status

if TYPE_CHECKING:
    from .logger import Logger

_Self = TypeVar("_Self", bound="Ending")


def late_at_end(late: TimeoutError, exception: Optional[BaseException]) -> None:
    """Raises what the end of a ``with`` block came to, unless the block raised itself: then it is a note of that."""
    if exception is None:
        raise late
    add_note(exception, f"alog: {late}")
    warnings.warn(str(late), ResourceWarning, stacklevel=3)


def add_note(exception: BaseException, note: str) -> None:
    """Adds a note to an exception; before Python 3.11 no traceback shows it."""
    with contextlib.suppress(Exception):  # one whose attributes cannot be set: it must not be hidden by another
        add: Optional[Callable[[str], None]] = getattr(exception, "add_note", None)
        if add is not None:
            add(note)
        else:
            exception.__notes__ = [*getattr(exception, "__notes__", ()), note]  # type: ignore[attr-defined, unused-ignore]


_DRAIN = _callbacks.careful(library.alog_drain)


class Ending(Questions):
    """How a `Logger` is written, and ends."""

    __slots__ = ()

    _root: Optional[Logger]  # of a derived one: held, so that it is not collected before
    _addresses: Collection[int]  # of what a derived one calls in Python

    def run(self) -> None:
        """Writes on the calling thread until another one stops the logger; for ``writer="caller"``.

        On the main thread it keeps Ctrl-C waiting: a thread of its own is the place for it.

        Raises:
            ModeError: The logger has writer threads of its own, another thread runs it, or it is stopped already.
            WouldDeadlockError: Called by a destination or a hook.
            ClosedError: The logger is closed.
        """
        self._check(library.alog_run(self._handle))

    @checked
    def drain(self, max_records: int = 0) -> int:
        """Writes on the calling thread what is there, at most so many records, 0: all; for ``writer="caller"``.

        Returns:
            How many it wrote; 0 also if another thread is writing.

        Raises:
            ModeError: The logger has writer threads of its own.
            ClosedError: The logger is closed.
            ValueError: The number is negative.
        """
        if max_records < 0:
            raise ValueError(f"a number of records is at least 0, not {max_records!r}")
        count = ctypes.c_size_t()
        status = _DRAIN(self._handle, max_records, ctypes.byref(count))
        if status != Status.EMPTY:
            self._check(status)
        return count.value

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
        self._home.stopped = True
        self._stopped_with(sliced(self._stop, timeout_ms))

    def close(self, timeout: Optional[float] = CLOSE_SECONDS) -> None:
        """Stops the logger and gives back everything it holds. To close again does nothing.

        Afterwards the logging methods return False; `flush`, `stats`, `poll_error` and the like raise `ClosedError`.
        A derived logger is not stopped, and nothing waits.

        Args:
            timeout: How long to wait for destinations, in seconds; None: no deadline.

        Raises:
            TimeoutError: A destination did not take everything: a pipe whose reader stalls, a ``pull:`` sink that nobody
                reads. The text says how many are pending; the logger is not closed, the writer goes on, and the call
                can be repeated.
            WouldDeadlockError, ValueError: As for `stop`.
        """
        if self._root is not None:
            milliseconds(timeout)
            self._close_derived()
            return
        self.stop(timeout)
        status = _lifetime.free(self._handle)
        if status != Status.ERR_HANDLE:
            self._check(status)

    def _close_derived(self) -> None:
        _lifetime.free_derived(self._handle, self._addresses)

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        """Stops the logger as `stop` does, for at most as long as `close` waits; a derived one is closed.

        Raises:
            TimeoutError: As for `close`. After an exception in the block it is a note of that (``__notes__``) and a
                `ResourceWarning`, and the exception is raised.
        """
        if self._root is not None:
            self.close()
            return
        try:
            self.stop(CLOSE_SECONDS)
        except TimeoutError as late:
            late_at_end(late, exception)

    def _stopped_with(self, status: int) -> None:
        """Raises, unless this is the end, or was it before."""
        if status != Status.ERR_HANDLE:
            self._check(status)

    def _flush(self, timeout_ms: int) -> int:
        status: int = library.alog_flush(self._handle, timeout_ms)
        return status

    def _stop(self, timeout_ms: int) -> int:
        status: int = library.alog_stop(self._handle, timeout_ms)
        return status
