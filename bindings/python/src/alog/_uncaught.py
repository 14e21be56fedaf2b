"""What nobody catches: the exceptions that end the program or a thread, and those that Python cannot raise."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Optional

from ._arguments import refusal
from ._fields import exception_fields, printable
from ._source import place
from .levels import Level
from .logger import Logger
from .status import Status

if TYPE_CHECKING:
    import asyncio

PATIENCE: Final = 5.0
"""How long an exception waits at most for space in the queue, and at FATAL until it is written: in seconds."""
_ENDS: Final = (KeyboardInterrupt, SystemExit, GeneratorExit)
"""Ways to end, and no faults."""

_active: Final[list[Uncaught]] = []
"""The last of them is the one that logs."""


class Uncaught:
    """What `log_uncaught` returns: undoes it, by `restore` or at the end of a ``with``."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        _install()
        _active.append(self)

    def restore(self) -> None:
        """Logs nothing more; what was there before gets the exceptions alone. Does nothing the second time."""
        with contextlib.suppress(ValueError):
            _active.remove(self)
        if not _active:
            _uninstall()

    def __enter__(self) -> Uncaught:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if error is not None and self in _active:
            _ended(error)
        self.restore()

    def handle_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Logs what a callback or a task of `asyncio` leaves, at ERROR, and does what the loop does by default.

        ``loop.set_exception_handler(uncaught.handle_loop)``
        """
        if self in _active:
            what = printable(context.get("message") or "uncaught exception")
            _report(self._log, Level.ERROR, what, context.get("exception"))
        loop.default_exception_handler(context)


def log_uncaught(log: Logger) -> Uncaught:
    """Logs the exceptions that nobody catches, from now on, and then does what was done before.

    An exception that ends the program is logged at FATAL, so it is written before the program dies (or 5 seconds have
    passed); one that ends a thread, or that Python cannot raise (of ``__del__`` for example), at ERROR. Each has the
    fields ``error``, ``error_type`` and ``traceback``, that of a thread also ``thread``; without ``traceback`` where the
    record would be too long. ``KeyboardInterrupt`` and ``SystemExit`` are ways to end, and not logged.

    >>> import io
    >>> lines = io.StringIO()
    >>> with Logger(lines, pattern="{level} {message}: {field:error}") as log:
    ...     try:
    ...         with log_uncaught(log):
    ...             1 / 0
    ...     except ZeroDivisionError:
    ...         lines.getvalue()
    'FATAL uncaught exception: division by zero\\n'

    Args:
        log: Where they go. It is held until `Uncaught.restore`; closed, it logs nothing.

    Returns:
        What undoes it. As a context manager it also logs what leaves its block: the logger may be closed right behind it.

    Installed several times, the last one that is not restored logs, and each exception once. The hooks of `sys` and
    `threading` that were there are called in any case.
    """
    if not isinstance(log, Logger):
        raise refusal("log", "an alog.Logger", log)
    return Uncaught(log)


class _Before:
    """The hooks that were there."""

    excepthook = staticmethod(sys.excepthook)
    thread = staticmethod(threading.excepthook)
    unraisable = staticmethod(sys.unraisablehook)
    is_installed = False


def _install() -> None:
    # Somebody may have put a hook of his own in the place of ours: what he calls from it is ours, still.
    if not _Before.is_installed:
        _Before.excepthook = staticmethod(sys.excepthook)
        _Before.thread = staticmethod(threading.excepthook)
        _Before.unraisable = staticmethod(sys.unraisablehook)
        sys.excepthook, threading.excepthook, sys.unraisablehook = _excepthook, _thread_hook, _unraisable_hook
        _Before.is_installed = True


def _uninstall() -> None:
    ours = sys.excepthook is _excepthook, threading.excepthook is _thread_hook, sys.unraisablehook is _unraisable_hook
    if _Before.is_installed and all(ours):  # otherwise they stay, and only pass on
        sys.excepthook, threading.excepthook = _Before.excepthook, _Before.thread
        sys.unraisablehook = _Before.unraisable
        _Before.is_installed = False


_MARK: Final = "_alog_is_logged"
"""On an exception that the end of a ``with`` has logged: the hook need not again."""


def _ended(error: BaseException) -> None:
    if _active and not hasattr(error, _MARK):
        is_main = threading.current_thread() is threading.main_thread()
        _report(_active[-1]._log, Level.FATAL if is_main else Level.ERROR, "uncaught exception", error)
        with contextlib.suppress(Exception):  # it refuses: then it is logged twice
            setattr(error, _MARK, True)


def _excepthook(kind: type[BaseException], error: BaseException, trace: Optional[TracebackType]) -> None:
    _ended(error)
    _Before.excepthook(kind, error, trace)


def _thread_hook(args: threading.ExceptHookArgs) -> None:
    if _active and not hasattr(args.exc_value, _MARK):
        name = args.thread.name if args.thread is not None else None
        error = args.exc_value if args.exc_value is not None else args.exc_type()
        _report(_active[-1]._log, Level.ERROR, "uncaught exception in a thread", error, {"thread": name})
    _Before.thread(args)


def _unraisable_hook(args: sys.UnraisableHookArgs) -> None:
    if _active and args.exc_value is not None:
        whose = {} if args.object is None else {"object": _repr(args.object)}
        _report(_active[-1]._log, Level.ERROR, args.err_msg or "exception ignored", args.exc_value, whose)
    _Before.unraisable(args)


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # whatever it raises
        return f"<unprintable {type(value).__name__}>"


def _report(
    log: Logger, level: Level, message: str, error: Optional[BaseException], more: Optional[Mapping[str, object]] = None
) -> None:
    if isinstance(error, _ENDS):
        return
    # Nothing of this may keep the hook from what comes behind it, in an interpreter that is ending neither.
    with contextlib.suppress(Exception):
        fields: dict[str, object] = dict(more or {})
        source = 0
        if error is not None:
            fields.update(exception_fields(error, fields))
            source = _place_of(error) if log._shows_source else 0
        put = log._hand_over
        if put(level, message, fields, None, PATIENCE, source, False) == Status.ERR_TOO_LARGE:
            del fields["traceback"]
            put(level, message, fields, None, PATIENCE, source, False)


def _place_of(error: BaseException) -> int:
    """The number of the place that raised it."""
    trace = error.__traceback__
    if trace is None:
        return 0
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return place(code.co_filename, trace.tb_lineno or 0, getattr(code, "co_qualname", code.co_name))
