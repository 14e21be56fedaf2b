"""Measures one logging call of Python: through the package, through plain ctypes, and through the standard library.

    calls.py BATCHES DIRECTORY

Results are lines "name TAB nanoseconds", as module batches prints them.
"""

from __future__ import annotations

import logging
import queue
import sys
import time
from ctypes import CDLL, POINTER, Structure, byref, c_char_p, c_int32, c_int64, c_size_t, c_uint64, c_void_p
from logging.handlers import QueueHandler, QueueListener
from pathlib import Path
from typing import Any, Callable

import alog
from alog import _loading
from batches import CUSTOMER, FIELDS_MESSAGE, Subject, messages, run

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


def file_handler(path: Path) -> logging.FileHandler:
    """Makes a handler whose lines look like those of alog."""
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("[%(asctime)s] %(levelname)s - %(message)s"))
    return handler


def stdlib(handler: logging.Handler) -> logging.Logger:
    """Makes a logger of the standard library."""
    log = logging.Logger("bench", logging.INFO)
    log.addHandler(handler)
    return log


def main() -> None:
    batches, directory = int(sys.argv[1]), Path(sys.argv[2])
    package = alog.Logger(directory / "package.log")
    ctypes_log, ctypes_flush = plain_ctypes(directory / "ctypes.log")
    direct = stdlib(file_handler(directory / "stdlib.log"))
    records: queue.SimpleQueue[Any] = queue.SimpleQueue()
    listener = QueueListener(records, file_handler(directory / "queued.log"))
    queued = stdlib(QueueHandler(records))

    def package_fields(numbers: range) -> None:
        for number in numbers:
            package.info(FIELDS_MESSAGE, order=number, customer=CUSTOMER)

    def direct_fields(numbers: range) -> None:
        for number in numbers:
            direct.info(FIELDS_MESSAGE + " order=%d customer=%s", number, CUSTOMER)

    def wait_for_listener() -> None:
        while not records.empty():
            time.sleep(0.001)

    listener.start()
    run(
        batches,
        [
            Subject("package", messages(package.info), package.flush),
            Subject("package_fields", package_fields, package.flush),
            Subject("package_disabled", messages(package.debug)),
            Subject("ctypes", messages(ctypes_log), ctypes_flush),
            Subject("file_handler", messages(direct.info)),
            Subject("file_handler_fields", direct_fields),
            Subject("file_handler_disabled", messages(direct.debug)),
            Subject("queue_handler", messages(queued.info), wait_for_listener),
        ],
    )
    listener.stop()
    package.stop()


main()
