"""What a call came to, as a number with a name."""

from __future__ import annotations

import enum

from ._native import status_text


class Status(enum.IntEnum):
    """The outcome of a call: 0 for success, positive for "no, and that is fine", negative for an error.

    ``str(status)`` is an English text. A number that this version does not know is a valid status with the name
    ``UNKNOWN``.
    """

    OK = 0
    EMPTY = 1
    DISABLED = 2
    DROPPED = 3
    ERR_ARGUMENT = -1
    ERR_HANDLE = -2
    ERR_STOPPED = -3
    ERR_TIMEOUT = -4
    ERR_WOULD_DEADLOCK = -5
    ERR_TOO_LARGE = -6
    ERR_FIELD = -7
    ERR_MODE = -8
    ERR_KEY = -20
    ERR_VALUE = -21
    ERR_SINK = -22
    ERR_SYNTAX = -23
    ERR_MEMORY = -40
    ERR_THREAD = -41
    ERR_LIMIT = -42
    ERR_OPEN = -60
    ERR_IO = -61
    ERR_QUEUE_FULL = -80
    ERR_HOOK = -81
    ERR_SCHEDULER = -82
    ERR_PANIC = -100

    @property
    def ok(self) -> bool:
        """True if and only if this is `Status.OK`. (As a number, OK is 0 and would be false.)"""
        return self.value == 0

    def __str__(self) -> str:
        return status_text(self.value)

    @classmethod
    def _missing_(cls, value: object) -> Status | None:
        # The library's codes are append-only: a newer one may answer what is not in this list.
        if not isinstance(value, int):
            return None
        unknown = int.__new__(cls, value)
        unknown._name_ = "UNKNOWN"
        unknown._value_ = value
        return unknown
