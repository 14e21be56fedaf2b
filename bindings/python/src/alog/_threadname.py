"""What ``{thread}`` shows: the name that Python has for a thread, told to the library once per thread."""

from __future__ import annotations

import threading
from typing import Any

from ._arguments import checked
from ._native import library

_this = threading.local()
# Why not threading.current_thread()? For a thread that Python did not start it would make one up, and keep it.
_threads: Any = getattr(threading, "_active", {})


@checked
def set_thread_name(name: str) -> None:
    """Names the calling thread in all logs: what ``{thread}`` and ``thread_key`` show.

    Without it that is the name that Python has for the thread when it first logs to a logger that shows threads, and
    for a thread that is not Python's the system's. Cut behind 255 bytes.
    """
    octets = name.encode("utf-8", "replace")
    library.alog_thread_name_set(octets, len(octets))
    _this.named = True


def name_this_thread() -> None:
    """Tells the library the name of the calling thread, if it was not told yet."""
    try:
        _this.named  # noqa: B018
    except AttributeError:
        thread = _threads.get(threading.get_ident())
        if thread is not None:
            set_thread_name(str(thread.name))
        _this.named = True
