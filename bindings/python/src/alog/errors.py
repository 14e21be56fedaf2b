"""Exceptions for calls that ask for a result, and the errors that a logger reports when it is polled.

The logging methods raise for a wrong argument only; what becomes of a message never ends the program that logs it.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass

from ._native import AlogError
from .status import Status


class Error(Exception):
    """The base of every exception of this package.

    Attributes:
        message: What happened, in words.
        status: Which kind of error.
        os_error: The ``errno`` behind it; 0 if none.
        origin: Which sink or stage it comes from, for example ``"file:app.log"``; empty if none.
    """

    def __init__(self, message: str, status: Status, os_error: int = 0, origin: str = "") -> None:
        # Not super(): OSError, a base of some, would take these for errno, strerror, filename.
        Exception.__init__(self, message, status, os_error, origin)
        self.message = message
        self.status = status
        self.os_error = os_error
        self.origin = origin

    def __str__(self) -> str:
        return f"{self.origin}: {self.message}" if self.origin else self.message


class _WithErrno(Error, OSError):
    """The operating system refused something; ``errno`` says why, as in every `OSError`."""

    def __init__(self, message: str, status: Status, os_error: int = 0, origin: str = "") -> None:
        super().__init__(message, status, os_error, origin)
        self.errno = os_error or None
        self.strerror = message


class ConfigError(Error, ValueError):
    """A setting, a sink specification or the text of a configuration is not valid. Nothing was opened."""


class OpenError(_WithErrno):
    """A destination could not be opened; ``errno`` says why."""


class ResourceError(_WithErrno):
    """Memory, a thread or a descriptor could not be had, or there are too many loggers."""


class WriteError(_WithErrno):
    """A destination did not take what was written to it; ``errno`` says why."""


class TimeoutError(_WithErrno, builtins.TimeoutError):
    """The deadline passed. What was to be done goes on in the background; the call can be repeated."""


class StoppedError(Error):
    """The logger was stopped and takes no more messages."""


class ClosedError(Error, ValueError):
    """The logger was closed."""


class WouldDeadlockError(Error, RuntimeError):
    """Waiting here would never end: the call came from a destination, on the logger's writer thread."""


class TooLargeError(Error, ValueError):
    """The message is longer than ``max_message_bytes``."""


class FieldError(Error, ValueError):
    """A field is malformed."""


class ModeError(Error, RuntimeError):
    """The logger has another writer: threads of its own, or another thread that runs it. Or it was to call Python in an
    isolated sub-interpreter, which cannot be called."""


_EXCEPTIONS: dict[Status, type[Error]] = {
    Status.ERR_ARGUMENT: ConfigError,
    Status.ERR_KEY: ConfigError,
    Status.ERR_VALUE: ConfigError,
    Status.ERR_SINK: ConfigError,
    Status.ERR_SYNTAX: ConfigError,
    Status.ERR_OPEN: OpenError,
    Status.ERR_MEMORY: ResourceError,
    Status.ERR_THREAD: ResourceError,
    Status.ERR_LIMIT: ResourceError,
    Status.ERR_IO: WriteError,
    Status.ERR_TIMEOUT: TimeoutError,
    Status.ERR_STOPPED: StoppedError,
    Status.ERR_HANDLE: ClosedError,
    Status.ERR_WOULD_DEADLOCK: WouldDeadlockError,
    Status.ERR_TOO_LARGE: TooLargeError,
    Status.ERR_FIELD: FieldError,
    Status.ERR_MODE: ModeError,
}


@dataclass(frozen=True)
class LogError:
    """Something that went wrong in the background, as `Logger.poll_error` returns it. Not an exception.

    ``str(error)`` is one line with origin, message and count.
    """

    status: Status
    """Which kind of error."""
    os_error: int
    """The ``errno`` behind it; 0 if none."""
    count: int
    """How many identical consecutive errors this one stands for: at least 1. For lost records: one each."""
    first_unix_ns: int
    """When the first of them happened: nanoseconds since 1970-01-01T00:00:00Z."""
    last_unix_ns: int
    """When the last of them happened: nanoseconds since 1970-01-01T00:00:00Z."""
    origin: str
    """Which sink or stage it comes from, for example ``"file:app.log"``."""
    message: str
    """What happened, in words."""
    exception: BaseException | None = None
    """The last exception that the destination, hook or scheduler behind ``origin`` raised; None for other origins."""

    def __str__(self) -> str:
        times = f" ({self.count} times)" if self.count > 1 else ""
        return f"{self.origin}: {self.message}{times}"


def text_of(octets: bytes) -> str:
    """Decodes a text of the library; it is UTF-8, and nothing here may raise if it is not."""
    return octets.decode("utf-8", "backslashreplace")


def error_of(status: int, record: AlogError | None = None) -> Error:
    """Makes the exception for a status, with what the library wrote into `record` if that is given."""
    kind = Status(status)
    if record is None or not record.message:
        return _EXCEPTIONS.get(kind, Error)(str(kind), kind)
    return _EXCEPTIONS.get(kind, Error)(text_of(record.message), kind, record.os_error, text_of(record.origin))


def log_error_of(record: AlogError, exception: BaseException | None) -> LogError:
    """Copies a polled error out of the library's structure."""
    return LogError(
        status=Status(record.code),
        os_error=record.os_error,
        count=record.count,
        first_unix_ns=record.first_unix_ns,
        last_unix_ns=record.last_unix_ns,
        origin=text_of(record.origin),
        message=text_of(record.message),
        exception=exception,
    )
