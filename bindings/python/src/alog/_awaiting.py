"""A flush and a stop for an event loop of ``asyncio``: to wait for without blocking it, and to cancel.

A stop is asked for again and again; only a flush that takes time has a thread for it.
"""

from __future__ import annotations

import math
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Callable, Optional, TypeVar

from ._ending import Ending, late_at_end
from ._wait import CLOSE_SECONDS, SLICE_MS, milliseconds
from .errors import TimeoutError, error_of
from .status import Status

if TYPE_CHECKING:
    import asyncio

_Self = TypeVar("_Self", bound="Awaiting")
_OFTEN = 0.001
"""How soon a stop is asked for again at first, in seconds."""


async def _on_a_thread(call: Callable[[int], int], timeout_ms: int) -> int:
    """Calls with growing slices of the time, until there is another result than a timeout.

    Not in one call: when this is cancelled nothing can end that. A slice lasts as long as all before it, so the thread
    ends at the latest when it has waited twice as long, and what repeating the call moves away is still reached.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    done: asyncio.Future[int] = loop.create_future()
    deadline = math.inf if timeout_ms < 0 else time.monotonic() + timeout_ms / 1000

    def tell(status: int) -> None:
        if not done.done():
            done.set_result(status)

    def wait() -> None:
        slice_ms, status = SLICE_MS, int(Status.ERR_TIMEOUT)
        while status == Status.ERR_TIMEOUT and not done.done():
            left_ms = max(0.0, (deadline - time.monotonic()) * 1000)
            status = call(math.ceil(min(left_ms, slice_ms)))
            if left_ms <= slice_ms:
                break
            slice_ms *= 2
        try:
            loop.call_soon_threadsafe(tell, status)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return

    try:
        threading.Thread(target=wait, name="alog-wait", daemon=True).start()
    except RuntimeError as error:  # the system has no thread left, or the interpreter is about to end
        raise error_of(Status.ERR_THREAD) from error
    return await done


class Awaiting(Ending):
    """What of a `Logger` can be awaited."""

    __slots__ = ()

    async def flush_async(self, timeout: Optional[float] = None) -> None:
        """Does what `flush` does without blocking the event loop of ``asyncio`` that runs this.

        To cancel it ends the wait. While it takes longer than a moment, a daemon thread called ``alog-wait`` waits.

        Args:
            timeout: How long to wait, in seconds; None: no deadline; 0: ask only.

        Raises:
            ResourceError: The system has no thread left; and what `flush` raises.

        >>> import asyncio, io
        >>> from alog import Logger
        >>> async def main() -> None:
        ...     async with Logger(lines, format="raw") as log:
        ...         log.info("hello")
        ...         await log.flush_async(timeout=5)
        ...         print(lines.getvalue(), end="")
        >>> lines = io.StringIO()
        >>> asyncio.run(main())
        hello
        """
        timeout_ms = milliseconds(timeout)
        status = self._flush(0)
        if status == Status.ERR_TIMEOUT and timeout_ms:
            status = await _on_a_thread(self._flush, timeout_ms)
        self._check(status)

    async def stop_async(self, timeout: Optional[float] = None) -> None:
        """Does what `stop` does without blocking the event loop of ``asyncio`` that runs this.

        To cancel it ends the wait, not the stopping. No thread waits. With ``workers=0`` or ``writer="caller"`` the
        loop's thread itself writes what is left.

        Args:
            timeout: How long to wait, in seconds; None: no deadline.

        Raises:
            What `stop` raises.
        """
        import asyncio

        timeout_ms = milliseconds(timeout)
        deadline = math.inf if timeout_ms < 0 else time.monotonic() + timeout_ms / 1000
        self._home.stopped = True
        pause = _OFTEN
        while (status := self._stop(0)) == Status.ERR_TIMEOUT and time.monotonic() < deadline:
            await asyncio.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(2 * pause, SLICE_MS / 1000)
        self._stopped_with(status)

    async def __aenter__(self: _Self) -> _Self:
        return self

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if self._root is not None:
            self._close_derived()
            return
        try:
            await self.stop_async(CLOSE_SECONDS)
        except TimeoutError as late:
            late_at_end(late, exception)
