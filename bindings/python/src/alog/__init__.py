"""An asynchronous logger that never waits for I/O and never loses a record silently.

    import alog

    with alog.Logger("file:app.log", "stderr:?level=error") as log:
        log.info("user {id} logged in", id=5)

A message is *accepted* when a logging method returns True: it is copied. It is *written* when a destination has it:
the operating system, or an object in Python. Between the two is a queue and a thread of the library's own. What fails
in the background is there to be asked for (`Logger.poll_error`, `Logger.error_fd`), and every message is counted
(`Logger.stats`).

    Logger          logs, derives, flushes, stops; all its methods may be called from any thread
    Sink            a destination with options: a URL, a path, a file-like object, a callable
    Level, Status   severities; what became of a call
    Handler, StandardLogger    for the standard ``logging``, loaded when they are asked for
    log_uncaught    logs what nobody catches
    LogError, Stats, SinkStats what `Logger` answers
    Record          what hooks and schedulers see
    Error           the base of all exceptions: of calls that ask for a result, never of those that log
    native          whether the logging methods are builtins here (True), or ctypes calls the library (False)

Times are seconds (``float``) where a caller gives them, nanoseconds since 1970 (``int``) where a record of an error has
them. Sizes are bytes, as a number or as text with a unit: ``"64KiB"``, ``"1GiB"``.
"""

from typing import TYPE_CHECKING, Any

from . import _native
from ._calls import ExcInfo
from ._fast import native
from ._loading import path_of
from ._opening import Hooks
from ._text import Message
from ._threadname import set_thread_name
from ._uncaught import Uncaught, log_uncaught
from ._version import VERSION as __version__
from .errors import (
    ClosedError,
    ConfigError,
    Error,
    FieldError,
    LogError,
    ModeError,
    OpenError,
    ResourceError,
    StoppedError,
    TimeoutError,
    TooLargeError,
    WouldDeadlockError,
    WriteError,
)
from .levels import Level, LevelLike
from .logger import Logger
from .record import Hook, Record, Scheduler
from .sinks import Sink, Target
from .stats import SinkStats, Stats
from .status import Status

if TYPE_CHECKING:
    from .handler import Handler, StandardLogger

__all__ = [
    "ClosedError",
    "ConfigError",
    "Error",
    "ExcInfo",
    "FieldError",
    "Handler",
    "Hook",
    "Hooks",
    "Level",
    "LevelLike",
    "LogError",
    "Logger",
    "Message",
    "ModeError",
    "OpenError",
    "Record",
    "ResourceError",
    "Scheduler",
    "Sink",
    "SinkStats",
    "StandardLogger",
    "Stats",
    "Status",
    "StoppedError",
    "Target",
    "TimeoutError",
    "TooLargeError",
    "Uncaught",
    "WouldDeadlockError",
    "WriteError",
    "__version__",
    "library_path",
    "library_version",
    "log_uncaught",
    "native",
    "set_thread_name",
]


def library_version() -> str:
    """Gives the version of the shared library that is loaded, for example ``"0.1.0"``."""
    version: bytes = _native.library.alog_version()
    return version.decode()


def library_path() -> str:
    """Gives the file of the shared library that is used: the one that another part of the process had loaded as
    ``libalog.so.1`` if it is of this version, or else the package's own; the environment variable ``ALOG_LIBRARY`` names
    another one."""
    return path_of(_native.library)


def __getattr__(name: str) -> Any:
    if name in ("Handler", "StandardLogger"):
        from . import handler  # here: it loads `logging`, which not every program uses

        return getattr(handler, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
