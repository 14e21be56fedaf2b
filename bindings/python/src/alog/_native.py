"""The C ABI as ctypes sees it: every structure and function of ``include/alog.h``, declared once.

A test compares names, arguments, layouts and constants with the header.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, Final

from ._loading import load

ABI_VERSION: Final = 1
REJECT_COUNT: Final = 8
DROP_COUNT: Final = 8


class AlogLogger(ctypes.Structure):
    """A handle, passed by value."""

    _fields_ = [("id", c_uint64)]


class AlogError(ctypes.Structure):
    """Receives an error; frozen layout."""

    _fields_ = [
        ("code", c_int32),
        ("os_error", c_int32),
        ("count", c_uint64),
        ("first_unix_ns", c_int64),
        ("last_unix_ns", c_int64),
        ("origin", c_char * 64),
        ("message", c_char * 256),
    ]


class AlogStats(ctypes.Structure):
    """Receives the account of a logger; frozen layout."""

    _fields_ = [
        ("attempted", c_uint64),
        ("accepted", c_uint64),
        ("written", c_uint64),
        ("failed", c_uint64),
        ("pending", c_uint64),
        ("rejected", c_uint64 * REJECT_COUNT),
        ("dropped", c_uint64 * DROP_COUNT),
        ("errors_raised", c_uint64),
        ("errors_lost", c_uint64),
        ("queues", c_uint64),
        ("queue_bytes", c_uint64),
        ("gap_lines", c_uint64),
        ("reserved", c_uint64 * 6),
    ]


class AlogSinkStats(ctypes.Structure):
    """Receives the account of one sink; frozen layout."""

    _fields_ = [
        ("written", c_uint64),
        ("failed", c_uint64),
        ("filtered", c_uint64),
        ("retried", c_uint64),
        ("bytes", c_uint64),
        ("reserved", c_uint64 * 5),
        ("name", c_char * 64),
    ]


STRUCTS: Final[dict[str, type[ctypes.Structure]]] = {
    "alog_logger": AlogLogger,
    "alog_error": AlogError,
    "alog_stats": AlogStats,
    "alog_sink_stats": AlogSinkStats,
}

# `lines` is a c_void_p: a c_char_p would be converted to bytes as far as its first NUL, and a line may contain one.
SinkFn = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t, c_uint64)
DestroyFn = ctypes.CFUNCTYPE(None, c_void_p)

_status = c_int32
_level = c_int32
_config = c_void_p
_out_error = POINTER(AlogError)

# name: (what it returns, what it takes)
FUNCTIONS: Final[dict[str, tuple[Any, list[Any]]]] = {
    "alog_status_str": (c_char_p, [_status]),
    "alog_version": (c_char_p, []),
    "alog_abi_version": (c_uint32, []),
    "alog_config_new": (_status, [POINTER(_config)]),
    "alog_config_set": (_status, [_config, c_char_p, c_char_p, _out_error]),
    "alog_config_add_sink": (_status, [_config, c_char_p, _out_error]),
    "alog_config_add_callback": (_status, [_config, c_char_p, SinkFn, c_void_p, DestroyFn, _out_error]),
    "alog_config_free": (None, [_config]),
    "alog_new": (_status, [_config, POINTER(AlogLogger), _out_error]),
    "alog_write": (_status, [AlogLogger, _level, c_char_p, c_size_t]),
    "alog_write_sync": (_status, [AlogLogger, _level, c_char_p, c_size_t, c_int64, _out_error]),
    "alog_flush": (_status, [AlogLogger, c_int64]),
    "alog_poll_error": (_status, [AlogLogger, _out_error]),
    "alog_error_fd_get": (_status, [AlogLogger, POINTER(c_int32)]),
    "alog_stop": (_status, [AlogLogger, c_int64]),
    "alog_free": (_status, [AlogLogger]),
    "alog_stats_get": (_status, [AlogLogger, POINTER(AlogStats)]),
    "alog_sink_stats_get": (_status, [AlogLogger, c_uint32, POINTER(AlogSinkStats)]),
}


def declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """Checks that the library speaks this ABI, and declares its functions.

    Raises:
        ImportError: It speaks another one, or lacks a function.
    """
    where = getattr(library, "_name", "the alog library")
    try:
        abi_version = library.alog_abi_version
        abi_version.restype, abi_version.argtypes = FUNCTIONS["alog_abi_version"]
        found = abi_version()
        if found != ABI_VERSION:
            raise ImportError(f"{where} has version {found} of the C ABI; this package needs version {ABI_VERSION}")
        for name, (result, arguments) in FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError as error:
        raise ImportError(f"{where} is not a complete alog library: {error}") from error
    return library


library: Final = declare(load())


def status_text(status: int) -> str:
    """Says in words what a status means; any integer has a text."""
    text: bytes = library.alog_status_str(status)
    return text.decode()
