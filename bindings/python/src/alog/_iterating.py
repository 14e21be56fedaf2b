"""The errors of a logger as something to iterate over, also for an event loop of ``asyncio``."""

from __future__ import annotations

import os
import select
from collections.abc import AsyncIterator, Iterator
from typing import Callable, Optional

from .errors import ClosedError, LogError


class Errors(Iterator[LogError]):
    """The errors of a logger: with ``for`` those that are there now, with ``async for`` those that come as well."""

    def __init__(
        self, poll: Callable[[], Optional[LogError]], error_fd: Callable[[], int], end_fd: Callable[[], int]
    ) -> None:
        self._poll, self._error_fd, self._end_fd = poll, error_fd, end_fd

    def __next__(self) -> LogError:
        error = self._poll()
        if error is None:
            raise StopIteration
        return error

    async def __aiter__(self) -> AsyncIterator[LogError]:
        """Waits for each; ends when the logger was stopped and all are taken, or it was closed."""
        descriptors: list[int] = []
        try:
            for ask in self._error_fd, self._end_fd:
                descriptors.append(os.dup(ask()))  # a loop knows each only once, and a free closes the library's
            end = select.poll()
            end.register(descriptors[-1], select.POLLIN)
            while True:
                is_last = end.poll(0)  # asked before: what comes between is not missed
                for error in self:
                    yield error
                if is_last:
                    return
                await readable(*descriptors)
        except ClosedError:
            return
        finally:
            for descriptor in descriptors:
                os.close(descriptor)


async def readable(*descriptors: int) -> None:
    """Waits until one of the descriptors is readable."""
    import asyncio  # here, as everywhere in this package: it is large, and not every program has a loop

    loop, event = asyncio.get_running_loop(), asyncio.Event()
    for descriptor in descriptors:
        loop.add_reader(descriptor, event.set)
    try:
        await event.wait()
    finally:
        for descriptor in descriptors:
            loop.remove_reader(descriptor)
