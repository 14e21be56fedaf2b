"""The methods that log."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from ctypes import c_int64, c_size_t
from types import TracebackType
from typing import Any, Callable, Final, Optional, Union

from . import _attention, _native
from ._callbacks import Home
from ._fast import Base
from ._fields import encode, exception_fields, exception_of
from ._native import AlogLogger, library
from ._source import caller
from ._text import SURROGATES, Message, octets
from ._threadname import name_this_thread
from ._wait import LONGEST_MS, milliseconds
from .errors import error_of
from .levels import LevelLike, level_number
from .status import Status

ExcInfo = Union[
    None,
    bool,
    BaseException,
    tuple[type[BaseException], BaseException, Optional[TracebackType]],
    tuple[None, None, None],
]
"""An exception, what ``sys.exc_info()`` returns, or True for the current exception."""

WRITE: Final = _native.undeclared("alog_write")
LOG: Final = _native.undeclared("alog_log_encoded")
LOG_SYNC: Final = library.alog_log_sync
_TRACE, _DEBUG, _INFO, _NOTICE, _WARN, _ERROR, _FATAL = range(7)

# Objects of ctypes that are made once: to make one takes as long as a tenth of a call.
_BY_POLICY: Final = c_int64(-1)
_NO_FIELDS: Final[Mapping[str, object]] = {}
_SIZES: Final = [c_size_t(size) for size in range(1024)]


def _size(data: bytes) -> c_size_t:
    length = len(data)
    return _SIZES[length] if length < 1024 else c_size_t(length)


def _limit(timeout: float) -> int:
    limit_ms = milliseconds(timeout)
    return limit_ms if limit_ms >= 0 else LONGEST_MS  # below 0 it would be as the policy says


def _told(status: int, level: int) -> int:
    if status < 0 or level == _FATAL:
        _attention.raise_again()  # a signal handler ended the wait, for space or for what became of the message
    return status


class Calls(Base):
    """What a `Logger` has to log with."""

    # Slots, for an instance without a dict of its own is where CPython finds a method fastest.
    __slots__ = ("_handle", "_levels", "_log", "_log_sync", "_shows_source", "_shows_thread", "_write")

    _handle: AlogLogger
    _home: Home
    _levels: memoryview  # one byte, live: bit n is set if level n is on
    _shows_source: bool
    _shows_thread: bool
    _write: Callable[..., int]
    _log: Callable[..., int]
    _log_sync: Callable[..., int]

    def trace(
        self, message: Message, /, *, exc_info: ExcInfo = None, timeout: Optional[float] = None, **fields: object
    ) -> bool:
        """Logs a message at TRACE; see `info`."""
        return self._levels[0] & 1 != 0 and self._put(_TRACE, message, fields, exc_info, timeout) == 0

    def debug(
        self, message: Message, /, *, exc_info: ExcInfo = None, timeout: Optional[float] = None, **fields: object
    ) -> bool:
        """Logs a message at DEBUG; see `info`."""
        return self._levels[0] & 2 != 0 and self._put(_DEBUG, message, fields, exc_info, timeout) == 0

    def info(
        self, message: Message, /, *, exc_info: ExcInfo = None, timeout: Optional[float] = None, **fields: object
    ) -> bool:
        """Logs a message at INFO, with fields.

        Args:
            message: A ``str`` is encoded as UTF-8; every ``str`` has an encoding here: U+DC80 to U+DCFF, which stand
                for a byte that was not UTF-8 (``surrogateescape``), become that byte again, every other surrogate its
                three bytes (``surrogatepass``). A ``%`` means nothing. If and only if the call has fields, the message
                is a template: ``{name}`` stands for the field of that name, ``{a.b}`` for the field ``b`` of the group
                ``a``, ``{{`` and ``}}`` for braces, and what has no field stays as it is.
            exc_info: An exception, or True for the current one: adds the fields ``error``, ``error_type`` and
                ``traceback``, unless the call has fields of these names.
            timeout: How long to wait for space at most, in seconds, whatever ``overflow`` says; None: as that says.
            **fields: Numbers, booleans, None, text and bytes keep their type; a dict is a group of fields; lists and
                tuples become text as in JSON, everything else what ``str`` makes of it. A value that raises there is
                shown as ``<unprintable TYPE>``. Where one of these containers is in itself, it is ``{...}``, ``[...]``
                or ``(...)``; also where it comes once more in a field that has 64 KiB already. Groups nest 32 deep;
                what is deeper is text. They override fields of `bind` and of pre-hooks that have their names.

        Returns:
            True if and only if the message was accepted: it is copied and will be written. False: its level is switched
            off, the queue was full, it is too long, or the logger is stopped or closed. Nothing of that raises, for
            logging must not end the program that does it; `stats` counts each reason, losses appear in the log itself,
            and `write` returns the reason.

        Raises:
            TypeError: The message is neither ``str`` nor bytes. (A level that is off looks at nothing.)
            ValueError: The timeout is negative.

        Waits only if the queue is full and ``overflow`` is ``block``, and at FATAL: see `fatal`.
        """
        return self._levels[0] & 4 != 0 and self._put(_INFO, message, fields, exc_info, timeout) == 0

    def notice(
        self, message: Message, /, *, exc_info: ExcInfo = None, timeout: Optional[float] = None, **fields: object
    ) -> bool:
        """Logs a message at NOTICE; see `info`."""
        return self._levels[0] & 8 != 0 and self._put(_NOTICE, message, fields, exc_info, timeout) == 0

    def warn(
        self, message: Message, /, *, exc_info: ExcInfo = None, timeout: Optional[float] = None, **fields: object
    ) -> bool:
        """Logs a message at WARN; see `info`."""
        return self._levels[0] & 16 != 0 and self._put(_WARN, message, fields, exc_info, timeout) == 0

    def error(
        self, message: Message, /, *, exc_info: ExcInfo = None, timeout: Optional[float] = None, **fields: object
    ) -> bool:
        """Logs a message at ERROR; see `info`."""
        return self._levels[0] & 32 != 0 and self._put(_ERROR, message, fields, exc_info, timeout) == 0

    def exception(
        self, message: Message, /, *, exc_info: ExcInfo = True, timeout: Optional[float] = None, **fields: object
    ) -> bool:
        """Logs a message at ERROR with the current exception; see `info`."""
        return self._levels[0] & 32 != 0 and self._put(_ERROR, message, fields, exc_info, timeout) == 0

    def fatal(
        self, message: Message, /, *, exc_info: ExcInfo = None, timeout: Optional[float] = None, **fields: object
    ) -> bool:
        """Logs a message at FATAL and waits until it is written; see `info`.

        It waits 5 seconds at most, and not longer than ``timeout``; whatever the destinations say, True means accepted. If
        the queue is full it waits 5 seconds for space, unless a rule of ``overflow`` names the level. Does not end the
        program, unless ``on_fatal`` is ``abort``.
        """
        return self._levels[0] & 64 != 0 and self._put(_FATAL, message, fields, exc_info, timeout) == 0

    warning = warn
    critical = fatal

    def log(
        self,
        level: LevelLike,
        message: Message,
        /,
        *,
        exc_info: ExcInfo = None,
        timeout: Optional[float] = None,
        **fields: object,
    ) -> bool:
        """Logs a message at a level that the program computes; see `info`.

        Raises:
            ValueError: There is no such level, or the timeout is negative.
            TypeError: The message is neither ``str`` nor bytes, or the level neither a number nor a name.
                (As with `info`, a level that is off looks at nothing else.)
        """
        number = level_number(level)
        return self._levels[0] >> number & 1 != 0 and self._put(number, message, fields, exc_info, timeout) == 0

    def write(
        self,
        level: LevelLike,
        message: Message,
        /,
        *,
        exc_info: ExcInfo = None,
        timeout: Optional[float] = None,
        **fields: object,
    ) -> Status:
        """Logs a message as `log` does, and says exactly what became of it.

        Returns:
            ``OK``: accepted. ``DISABLED``: the level is off; not counted. ``DROPPED``: the queue is full and
            ``overflow`` is ``drop-newest``. ``ERR_TIMEOUT``: it stayed full for the time of ``block:TIME`` or of the
            call. ``ERR_STOPPED``, ``ERR_HANDLE``: stopped, closed. ``ERR_TOO_LARGE``: longer than
            ``max_message_bytes``. ``ERR_WOULD_DEADLOCK``: the queue is full and this is a destination or a hook of the
            logger, on its writer thread. ``ERR_MEMORY``, ``ERR_THREAD``: the system refused what this thread or this
            child process needs first.
        """
        return Status(self._put(level_number(level), message, fields, exc_info, timeout))

    def write_sync(self, level: LevelLike, message: Message, timeout: Optional[float] = None) -> bool:
        """Logs a message, waits until it is written, and reports what the destinations said.

        It takes its place behind everything that this thread logged before.

        Args:
            level: As for `log`.
            message: As for `info`; it has no fields. Where it comes from is shown as for `info`.
            timeout: How long to wait, in seconds; None: no deadline. Ctrl-C ends the wait; a message that
                was in the queue by then will be written.

        Returns:
            True: every sink that takes this level has written it. False: the level is switched off, or the queue is
            full and ``overflow`` is ``drop-newest``.

        Raises:
            WriteError: A sink failed; ``errno`` says why, and ``__cause__`` is what a destination in Python raised.
            TimeoutError: The deadline passed while it waited. If it was in the queue by then it will be written.
            StoppedError, ClosedError, TooLargeError, WouldDeadlockError, ResourceError: It was not taken.
            ValueError: There is no such level, or the timeout is negative.
        """
        number, data, failure = level_number(level), octets(message), _native.AlogError()
        source = caller(1) if self._shows_source else 0
        if self._shows_thread:
            name_this_thread()
        entry = _native.AlogEntry(
            msg=data, msg_len=len(data), timeout_ms=milliseconds(timeout), level=number, source=source
        )
        # Why not on a thread aside, as a long flush? It has a queue of its own: another place, another overflow.
        status = self._log_sync(self._handle, ctypes.byref(entry), ctypes.byref(failure))
        if _told(status, number) < 0:
            error = error_of(status, failure)
            behind = self._home.origins.get(error.origin)
            if behind is not None and behind.exception is not None:
                raise error from behind.exception
            raise error  # not from None, which would hide what the program is handling
        return status == Status.OK

    def _put(
        self,
        level: int,
        message: Message,
        fields: Mapping[str, object] = _NO_FIELDS,
        exc_info: Any = None,
        timeout: Optional[float] = None,
    ) -> int:
        """Hands a message over; is called by a method that the program called."""
        source = caller(2) if self._shows_source else 0
        return self._hand_over(level, message, fields, exc_info, timeout, source, bool(fields))

    def _hand_over(
        self,
        level: int,
        message: Message,
        fields: Mapping[str, object],
        exc_info: Any,
        timeout: Optional[float],
        source: int,
        is_template: bool,
    ) -> int:
        data = message.encode("utf-8", SURROGATES) if isinstance(message, str) else octets(message)
        encoded = encode(fields) if fields else b""
        if exc_info and (exception := exception_of(exc_info)) is not None:
            encoded += encode(exception_fields(exception, fields))
        if self._shows_thread:
            name_this_thread()
        if not encoded and not source and timeout is None:
            return _told(self._write(self._handle, level, data, _size(data)), level)
        wait = _BY_POLICY if timeout is None else c_int64(_limit(timeout))
        size, fields_size = _size(data), _size(encoded)
        status = self._log(self._handle, level, is_template, source, wait, data, size, encoded, fields_size)
        return _told(status, level)
