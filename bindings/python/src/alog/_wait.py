"""Deadlines, and waits that Ctrl-C can end.

A signal handler of Python runs on the main thread, between two steps of the interpreter: never while that thread is
inside a function of the library. So the main thread goes in for one `SLICE` at a time, or lets another thread wait.
"""

from __future__ import annotations

import math
import threading
import time
from typing import Callable, Optional

from ._arguments import refusal
from .status import Status

SLICE_MS = 50
"""How long Ctrl-C may have to wait, in milliseconds: too short for a person to notice, too long to cost CPU."""

CLOSE_SECONDS = 6.0
"""How long `Logger.close` and the end of a ``with`` block wait: for a second more than a full disk is tried again."""

FOREVER_MS = -1
LONGEST_MS = 1 << 62


def milliseconds(timeout: Optional[float]) -> int:
    """Returns a timeout in seconds as the library takes it; None: no deadline. Rounds up, so 0 means 0 only.

    Raises:
        TypeError: It is none.
        ValueError: It is negative or not a number.
    """
    if timeout is None or timeout == math.inf:
        return FOREVER_MS
    try:
        is_time = timeout >= 0
    except TypeError:
        raise refusal("timeout", "None or a number of seconds", timeout) from None
    if not is_time:
        raise ValueError(f"a timeout is None or at least 0 seconds, not {timeout!r}")
    return min(math.ceil(timeout * 1000), LONGEST_MS)


def sliced(call: Callable[[int], int], timeout_ms: int) -> int:
    """Calls again and again with a slice of the time, until there is another result than a timeout.

    For calls that wait for an end that repeating them does not move.
    """
    deadline = math.inf if timeout_ms < 0 else time.monotonic() + timeout_ms / 1000
    while True:
        left = deadline - time.monotonic()
        if left <= SLICE_MS / 1000:
            return call(max(0, math.ceil(left * 1000)))
        status = call(SLICE_MS)
        if status != Status.ERR_TIMEOUT:
            return status


def aside(call: Callable[[int], int], timeout_ms: int) -> int:
    """Calls once, on a thread of its own if this is the main thread, which can then be interrupted.

    For calls that must not be repeated. An interrupt leaves the call to its own end.
    """
    if 0 <= timeout_ms <= SLICE_MS or threading.current_thread() is not threading.main_thread():
        return call(timeout_ms)
    results: list[int] = []
    waiter = threading.Thread(target=lambda: results.append(call(timeout_ms)), name="alog-wait", daemon=True)
    try:
        waiter.start()
    except RuntimeError:  # the system has no thread left, or the interpreter is about to end
        return call(timeout_ms)
    waiter.join()
    return results[0]
