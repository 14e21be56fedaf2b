"""The methods that take lines of a sink ``pull:NAME``."""

from __future__ import annotations

import ctypes
import math
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Optional

from ._arguments import checked
from ._iterating import readable
from ._native import AlogLogger, library
from ._questions import sink_error, sink_name
from ._wait import SLICE_MS, milliseconds
from .status import Status

ROOM = 65536
"""How many bytes one call takes, unless one line is longer."""


class _Puller:
    """Takes batches, one call each."""

    @checked
    def __init__(self, handle: AlogLogger, name: str) -> None:
        self._handle, self._name, self._sink = handle, sink_name(name), f"pull:{name}"
        self._room = ctypes.create_string_buffer(ROOM)
        self._length = ctypes.c_size_t()
        self._was_there = False
        self.is_over = False

    def take(self, timeout_ms: int) -> bytes:
        """Gives whole lines; nothing if there was none within the time, or it is over."""
        while True:
            room, length = self._room, self._length
            # ctypes lets the other threads of the interpreter run meanwhile.
            status: int = library.alog_pull(
                self._handle, self._name, room, len(room), timeout_ms, ctypes.byref(length), None
            )
            # `close` waits until all is taken, and not for the call behind that.
            if status == Status.ERR_STOPPED or (status == Status.ERR_HANDLE and self._was_there):
                self.is_over = True
                return b""
            self._was_there |= status in (Status.OK, Status.EMPTY)
            if status == Status.OK:
                return ctypes.string_at(room, length.value)
            if status == Status.EMPTY:
                return b""
            if status != Status.ERR_TOO_LARGE:
                raise sink_error(self._handle, status, self._sink)
            self._room = ctypes.create_string_buffer(length.value)

    def wait(self, timeout_ms: int) -> bytes:
        """The same, so that Ctrl-C can end the wait of the main thread."""
        if threading.current_thread() is not threading.main_thread():
            return self.take(timeout_ms)
        deadline = math.inf if timeout_ms < 0 else time.monotonic() + timeout_ms / 1000
        while True:
            left_ms = max(0.0, (deadline - time.monotonic()) * 1000)
            batch = self.take(math.ceil(min(left_ms, SLICE_MS)))
            if batch or self.is_over or left_ms <= SLICE_MS:
                return batch


class Pulling:
    """What a `Logger` has to pull with."""

    __slots__ = ()

    _handle: AlogLogger

    def pull(self, name: str, timeout: Optional[float] = None) -> Iterator[bytes]:
        """Takes the lines of the sink ``"pull:NAME"``, in batches of whole lines, oldest first.

        Instead of a destination that is called on a thread of the library: the thread that iterates does the work, and
        nothing of Python runs on another one. Several threads may pull; each line goes to one of them. Lines count as
        written when they are taken; `flush`, `stop` and the end of a ``with`` wait for that. A thread that pulls and
        stops calls ``stop(timeout=0)``, which raises `TimeoutError` while lines are left, and pulls on.

        Args:
            name: NAME; of this logger or one that shares its queue.
            timeout: The iteration also ends when no line came for so many seconds; None: only when the logger is
                stopped or closed and everything is taken.

        Raises:
            ConfigError: There is no such sink; the text says which there are.
            WouldDeadlockError: Called by a destination or a hook.
            ClosedError: The logger is closed before the first line.
            ValueError: The timeout is negative.

        >>> from alog import Logger
        >>> log = Logger("pull:out", format="raw")
        >>> log.info("hello")
        True
        >>> next(log.pull("out"))
        b'hello\\n'
        >>> log.close()
        """
        puller, timeout_ms = _Puller(self._handle, name), milliseconds(timeout)
        return _batches(puller, timeout_ms)

    async def pull_async(self, name: str) -> AsyncIterator[bytes]:
        """The same for an event loop of ``asyncio``: waits by a descriptor, without a thread, and can be cancelled.

        Raises:
            OSError: The system has no descriptor left; and what `pull` raises.
        """
        puller = _Puller(self._handle, name)
        descriptor = os.dup(self.pull_fd(name))  # a loop knows each only once
        try:
            while not puller.is_over:
                batch = puller.take(0)
                if batch:
                    yield batch
                elif not puller.is_over:
                    await readable(descriptor)
        finally:
            os.close(descriptor)

    @checked
    def pull_fd(self, name: str) -> int:
        """Gives a descriptor that is readable if and only if `pull` would not wait, for `select` and the like.

        Do not read from it or close it; it is the logger's until `close`. A child after a fork asks for its own.

        Raises:
            ConfigError: There is no such sink; the text says which there are.
            ResourceError: The system has no descriptor left.
            ClosedError: The logger is closed.
        """
        descriptor = ctypes.c_int32()
        status: int = library.alog_pull_fd_get(self._handle, sink_name(name), ctypes.byref(descriptor))
        if status != Status.OK:
            raise sink_error(self._handle, status, f"pull:{name}")
        return descriptor.value


def _batches(puller: _Puller, timeout_ms: int) -> Iterator[bytes]:
    while batch := puller.wait(timeout_ms):
        yield batch
