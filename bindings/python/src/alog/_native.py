"""The C ABI as ctypes sees it: every structure and function of ``include/alog.h``, declared once.

A test compares names, arguments, layouts and constants with the header.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, Final

from ._loading import ABI_VERSION as ABI_VERSION
from ._loading import load

REJECT_COUNT: Final = 8
DROP_COUNT: Final = 8

TEMPLATE: Final = 1
HOOK_PRE, HOOK_POST = 0, 1
FIELD_NULL, FIELD_BOOL, FIELD_I64, FIELD_U64, FIELD_F64, FIELD_STR, FIELD_BYTES, FIELD_GROUP, FIELD_END = range(9)


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
        ("recovered", c_uint64),
        ("reserved", c_uint64 * 5),
    ]


class AlogSinkStats(ctypes.Structure):
    """Receives the account of one sink; frozen layout."""

    _fields_ = [
        ("written", c_uint64),
        ("failed", c_uint64),
        ("filtered", c_uint64),
        ("retried", c_uint64),
        ("bytes", c_uint64),
        ("suppressed", c_uint64),
        ("reserved", c_uint64 * 4),
        ("name", c_char * 64),
    ]


class AlogBytes(ctypes.Structure):
    """Bytes: an address, for a ``c_char_p`` would end at the first NUL, and a length."""

    _fields_ = [("ptr", c_void_p), ("len", c_size_t)]


class AlogValue(ctypes.Union):
    """The value of a field; its type says which member holds it."""

    _fields_ = [("i64", c_int64), ("u64", c_uint64), ("f64", c_double), ("bytes", AlogBytes)]


class AlogField(ctypes.Structure):
    """A field; frozen layout."""

    _fields_ = [
        ("key", c_char_p),
        ("key_len", c_size_t),
        ("type", c_int32),
        ("reserved", c_uint32),
        ("value", AlogValue),
    ]


class AlogEntry(ctypes.Structure):
    """One call of ``alog_log()``; frozen layout."""

    _fields_ = [
        ("msg", c_char_p),
        ("msg_len", c_size_t),
        ("fields", POINTER(AlogField)),
        ("field_count", c_size_t),
        ("timeout_ms", c_int64),
        ("level", c_int32),
        ("source", c_uint32),
        ("flags", c_uint32),
        ("reserved", c_uint32),
    ]


class AlogSwitch(ctypes.Structure):
    """What can be read of a logger without a call: live, and never freed."""

    _fields_ = [("id", c_uint64), ("levels", c_uint32), ("reserved", c_uint32)]


AlogSwitchPointer: Final = POINTER(AlogSwitch)
"""Made once: before Python 3.13 ctypes makes other types of pointers after another interpreter has imported it."""


STRUCTS: Final[dict[str, type[Any]]] = {
    "alog_logger": AlogLogger,
    "alog_error": AlogError,
    "alog_stats": AlogStats,
    "alog_sink_stats": AlogSinkStats,
    "alog_bytes": AlogBytes,
    "alog_value": AlogValue,
    "alog_field": AlogField,
    "alog_entry": AlogEntry,
    "alog_switch": AlogSwitch,
}

# `lines` is a c_void_p: a c_char_p would be converted to bytes as far as its first NUL, and a line may contain one.
SinkFn = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t, c_uint64)
DestroyFn = ctypes.CFUNCTYPE(None, c_void_p)
HookFn = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p)
SchedulerFn = ctypes.CFUNCTYPE(c_uint32, c_void_p, c_void_p, c_uint32)

_status = c_int32
_level = c_int32
_config = c_void_p
_record = c_void_p
_out_error = POINTER(AlogError)

# name: (what it returns, what it takes)
FUNCTIONS: Final[dict[str, tuple[Any, list[Any]]]] = {
    "alog_status_str": (c_char_p, [_status]),
    "alog_version": (c_char_p, []),
    "alog_abi_version": (c_uint32, []),
    "alog_level_find": (_status, [c_char_p, c_size_t, POINTER(_level)]),
    "alog_config_new": (_status, [POINTER(_config)]),
    "alog_config_set": (_status, [_config, c_char_p, c_char_p, _out_error]),
    "alog_config_add_sink": (_status, [_config, c_char_p, _out_error]),
    "alog_config_add_callback": (_status, [_config, c_char_p, SinkFn, c_void_p, DestroyFn, _out_error]),
    "alog_config_free": (None, [_config]),
    "alog_config_load": (_status, [_config, c_char_p, c_size_t, _out_error]),
    "alog_config_load_file": (_status, [_config, c_char_p, _out_error]),
    "alog_config_load_env": (_status, [_config, c_char_p, _out_error]),
    "alog_config_check": (_status, [_config, _out_error]),
    "alog_new": (_status, [_config, POINTER(AlogLogger), _out_error]),
    "alog_write": (_status, [AlogLogger, _level, c_char_p, c_size_t]),
    "alog_write_sync": (_status, [AlogLogger, _level, c_char_p, c_size_t, c_int64, _out_error]),
    "alog_flush": (_status, [AlogLogger, c_int64]),
    "alog_poll_error": (_status, [AlogLogger, _out_error]),
    "alog_error_fd_get": (_status, [AlogLogger, POINTER(c_int32)]),
    "alog_end_fd_get": (_status, [AlogLogger, POINTER(c_int32)]),
    "alog_stop": (_status, [AlogLogger, c_int64]),
    "alog_free": (_status, [AlogLogger]),
    "alog_stats_get": (_status, [AlogLogger, POINTER(AlogStats)]),
    "alog_sink_stats_get": (_status, [AlogLogger, c_uint32, POINTER(AlogSinkStats)]),
    "alog_memory_read": (
        _status,
        [AlogLogger, c_char_p, c_void_p, c_size_t, POINTER(c_size_t), POINTER(c_uint64)],
    ),
    "alog_memory_clear": (_status, [AlogLogger, c_char_p]),
    "alog_log": (_status, [AlogLogger, POINTER(AlogEntry)]),
    "alog_log_encoded": (
        _status,
        [AlogLogger, _level, c_uint32, c_uint32, c_int64, c_char_p, c_size_t, c_char_p, c_size_t],
    ),
    "alog_log_sync": (_status, [AlogLogger, POINTER(AlogEntry), _out_error]),
    "alog_source_get": (_status, [c_char_p, c_size_t, c_uint32, c_char_p, c_size_t, POINTER(c_uint32)]),
    "alog_site_get": (
        _status,
        [c_char_p, c_size_t, c_uint32, c_char_p, c_size_t]  # file, line, function
        + [c_char_p, c_size_t, POINTER(AlogField), c_size_t, POINTER(c_uint32)],
    ),
    "alog_log_site": (_status, [AlogLogger, _level, c_uint32, POINTER(AlogField), c_size_t]),
    "alog_thread_name_set": (_status, [c_char_p, c_size_t]),
    "alog_config_add_fields": (_status, [_config, POINTER(AlogField), c_size_t, _out_error]),
    "alog_config_add_encoded_fields": (_status, [_config, c_char_p, c_size_t, _out_error]),
    "alog_config_add_hook": (_status, [_config, c_int32, c_char_p, HookFn, c_void_p, DestroyFn, _out_error]),
    "alog_config_set_scheduler": (_status, [_config, SchedulerFn, c_void_p, DestroyFn, _out_error]),
    "alog_child_new": (_status, [AlogLogger, _config, POINTER(AlogLogger), _out_error]),
    "alog_find": (_status, [c_char_p, POINTER(AlogLogger)]),
    "alog_switch_get": (_status, [AlogLogger, POINTER(AlogSwitchPointer)]),
    "alog_levels_set": (_status, [AlogLogger, c_char_p, _out_error]),
    "alog_reconfigure": (_status, [AlogLogger, _config, _out_error]),
    "alog_reload": (_status, [AlogLogger, _config, _out_error]),
    "alog_reopen": (_status, [AlogLogger]),
    "alog_rotate": (_status, [AlogLogger]),
    "alog_run": (_status, [AlogLogger]),
    "alog_drain": (_status, [AlogLogger, c_size_t, POINTER(c_size_t)]),
    "alog_pull": (_status, [AlogLogger, c_char_p, c_void_p, c_size_t, c_int64, POINTER(c_size_t), POINTER(c_uint64)]),
    "alog_pull_fd_get": (_status, [AlogLogger, c_char_p, POINTER(c_int32)]),
    "alog_record_level_get": (_level, [_record]),
    "alog_record_message_get": (_status, [_record, POINTER(c_void_p), POINTER(c_size_t)]),
    "alog_record_name_get": (_status, [_record, POINTER(c_void_p), POINTER(c_size_t)]),
    "alog_record_field_get": (_status, [_record, c_char_p, c_size_t, POINTER(AlogField)]),
    "alog_record_field_set": (_status, [_record, POINTER(AlogField)]),
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


def undeclared(name: str) -> Any:
    """Gives a function whose arguments ctypes takes as they come, which is twice as fast as converting them.

    The caller passes what the header says: a Python integer where it takes 32 bits, an object of ctypes where it takes
    64, bytes where it takes a pointer.
    """
    function = library[name]  # another object than the attribute
    function.restype = c_int32
    return function


def status_text(status: int) -> str:
    """Says in words what a status means; any integer has a text."""
    text: bytes = library.alog_status_str(status)
    return text.decode()
