"""Measures one logging call of Python: through the package, through plain ctypes, and through logging.FileHandler.

    calls.py BATCHES DIRECTORY

Each batch is 5000 calls, which fit into the queue, so that no call waits for the writer; what is queued is written
between the batches. Results are lines "name TAB nanoseconds": the median of the batches, for one call.
"""

from __future__ import annotations

import gc
import logging
import statistics
import sys
from ctypes import CDLL, POINTER, Structure, byref, c_char_p, c_int32, c_int64, c_size_t, c_uint64, c_void_p
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Callable

import alog
from alog import _loading

CALLS = 5000
MESSAGE = "order 4711 of customer 0815 was accepted after 12 ms, 3 articles"
INFO = 2


class Handle(Structure):
    """A logger of the C ABI."""

    _fields_ = [("id", c_uint64)]


def plain_ctypes(path: Path) -> tuple[Callable[[str], Any], Callable[[], Any]]:
    """Makes a logger with nothing but ctypes; gives how to log and how to flush."""
    library = CDLL(_loading.load()._name)
    library.alog_config_new.argtypes = [POINTER(c_void_p)]
    library.alog_config_add_sink.argtypes = [c_void_p, c_char_p, c_void_p]
    library.alog_new.argtypes = [c_void_p, POINTER(Handle), c_void_p]
    library.alog_write.argtypes = [Handle, c_int32, c_char_p, c_size_t]
    library.alog_flush.argtypes = [Handle, c_int64]
    config, handle = c_void_p(), Handle()
    if library.alog_config_new(byref(config)) or library.alog_config_add_sink(config, f"file:{path}".encode(), None):
        raise SystemExit("plain ctypes: no configuration")
    if library.alog_new(config, byref(handle), None):
        raise SystemExit("plain ctypes: no logger")
    write = library.alog_write

    def log(text: str) -> int:
        message = text.encode()
        result: int = write(handle, INFO, message, len(message))
        return result

    return log, lambda: library.alog_flush(handle, -1)


def file_handler(path: Path) -> logging.Logger:
    """Makes a logger of the standard library whose lines look like those of alog."""
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("[%(asctime)s] %(levelname)s - %(message)s"))
    log = logging.Logger("bench", logging.INFO)
    log.addHandler(handler)
    return log


def batch(log: Callable[[str], Any]) -> float:
    """Logs one batch; gives nanoseconds per call."""
    begin = perf_counter_ns()
    for _ in range(CALLS):
        log(MESSAGE)
    return (perf_counter_ns() - begin) / CALLS


def main() -> None:
    batches, directory = int(sys.argv[1]), Path(sys.argv[2])
    package = alog.Logger(directory / "package.log")
    ctypes_log, ctypes_flush = plain_ctypes(directory / "ctypes.log")
    stdlib = file_handler(directory / "stdlib.log")
    nothing: Callable[[], Any] = lambda: None  # noqa: E731
    measured: dict[str, tuple[Callable[[str], Any], Callable[[], Any]]] = {
        "package_ns": (package.info, package.flush),
        "ctypes_ns": (ctypes_log, ctypes_flush),
        "file_handler_ns": (stdlib.info, nothing),
        "package_disabled_ns": (package.debug, nothing),
        "file_handler_disabled_ns": (stdlib.debug, nothing),
    }
    times: dict[str, list[float]] = {name: [] for name in measured}
    gc.disable()
    for _ in range(batches):
        for name, (log, flush) in measured.items():
            times[name].append(batch(log))
            flush()
    package.stop()
    for name, values in times.items():
        print(f"{name}\t{statistics.median(values):.1f}")
    for path in directory.glob("*.log"):
        path.unlink()


main()
