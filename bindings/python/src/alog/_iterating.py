"""The errors of a logger as something to iterate over, also for an event loop of ``asyncio``."""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Callable, Optional

from ._callbacks import Home
from .errors import ClosedError, LogError

if TYPE_CHECKING:
    import asyncio


class Errors(Iterator[LogError]):
    """The errors of a logger: with ``for`` those that are there now, with ``async for`` those that come as well."""

    def __init__(self, poll: Callable[[], Optional[LogError]], error_fd: Callable[[], int], home: Home) -> None:
        self._poll, self._error_fd, self._home = poll, error_fd, home

    def __next__(self) -> LogError:
        error = self._poll()
        if error is None:
            raise StopIteration
        return error

    async def __aiter__(self) -> AsyncIterator[LogError]:
        """Waits for each; ends when the logger was stopped and all are taken, or it was closed."""
        import asyncio  # here, as everywhere in this package: it is large, and not every program has a loop

        loop, home, told = asyncio.get_running_loop(), self._home, asyncio.Event()
        try:
            descriptor = os.dup(self._error_fd())  # a loop knows each only once
        except ClosedError:
            return
        home.listeners[id(told)] = functools.partial(loop.call_soon_threadsafe, told.set)
        try:
            while True:
                is_last = home.ended  # asked before: what comes between is not missed
                for error in self:
                    yield error
                if is_last:
                    return
                await readable(descriptor, told)
        except ClosedError:
            return
        finally:
            home.listeners.pop(id(told), None)
            os.close(descriptor)


async def readable(descriptor: int, told: Optional[asyncio.Event] = None) -> None:
    """Waits until a descriptor is readable, or an event is set."""
    import asyncio

    loop = asyncio.get_running_loop()
    event = told or asyncio.Event()
    loop.add_reader(descriptor, event.set)
    try:
        await event.wait()
    finally:
        loop.remove_reader(descriptor)
        event.clear()
