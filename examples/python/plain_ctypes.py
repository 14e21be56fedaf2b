"""The C ABI from Python with nothing but ctypes: no package, no compiler.

    python plain_ctypes.py [path of libalog.so]

Without an argument: $ALOG_LIBRARY, else target/release/libalog.so of this repository. What the functions promise is
in include/alog.h; the package in bindings/python adds types, exceptions, and destinations written in Python.
"""

import os
import sys
from ctypes import CDLL, POINTER, Structure, byref, c_char, c_char_p, c_int32, c_int64, c_size_t, c_uint64, c_void_p
from pathlib import Path

INFO, ERROR = 2, 5  # ALOG_LEVEL_*
OK = 0  # ALOG_OK


class Logger(Structure):  # alog_logger: a handle, passed by value
    _fields_ = [("id", c_uint64)]


class Error(Structure):  # alog_error: yours, nothing in it to free
    _fields_ = [
        ("code", c_int32), ("os_error", c_int32), ("count", c_uint64),
        ("first_unix_ns", c_int64), ("last_unix_ns", c_int64),
        ("origin", c_char * 64), ("message", c_char * 256),
    ]  # fmt: skip


default = Path(__file__).resolve().parents[2] / "target" / "release" / "libalog.so"
alog = CDLL(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ALOG_LIBRARY", str(default)))

# A pointer is cut to 32 bits and a struct is refused unless the arguments are declared. Results are int32 by default.
alog.alog_config_new.argtypes = [POINTER(c_void_p)]
alog.alog_config_add_sink.argtypes = [c_void_p, c_char_p, POINTER(Error)]
alog.alog_config_free.argtypes = [c_void_p]
alog.alog_new.argtypes = [c_void_p, POINTER(Logger), POINTER(Error)]
alog.alog_write.argtypes = [Logger, c_int32, c_char_p, c_size_t]
alog.alog_poll_error.argtypes = [Logger, POINTER(Error)]
alog.alog_stop.argtypes = [Logger, c_int64]
alog.alog_free.argtypes = [Logger]

config, log, error = c_void_p(), Logger(), Error()


def check(status: int) -> None:
    if status != OK:
        sys.exit(f"status {status}: {error.message.decode()}")


def write(level: int, text: str) -> int:
    message = text.encode()
    return alog.alog_write(log, level, message, len(message))


check(alog.alog_config_new(byref(config)))
check(alog.alog_config_add_sink(config, b"console:", byref(error)))
check(alog.alog_config_add_sink(config, b"file:/dev/full?level=error", byref(error)))  # a disk that is always full
check(alog.alog_new(config, byref(log), byref(error)))
alog.alog_config_free(config)

write(INFO, "hello from Python")
write(ERROR, "one line,\neven so")
check(alog.alog_stop(log, -1))  # -1: no deadline

while alog.alog_poll_error(log, byref(error)) == OK:
    print(f"{error.origin.decode()}: {error.message.decode()}")
alog.alog_free(log)
