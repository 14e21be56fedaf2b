"""Makes a logger out of settings and sinks: the part of the C ABI that is called once per logger."""

from __future__ import annotations

import ctypes

from . import sinks
from ._native import AlogError, AlogLogger, library
from ._text import setting
from .errors import error_of
from .sinks import Sink
from .status import Status


def open_logger(settings: dict[str, str], wanted: list[Sink]) -> tuple[AlogLogger, dict[int, int]]:
    """Makes a logger that runs.

    Returns:
        Its handle; and the numbers of its destinations in Python, by the index of the sink.

    Raises:
        ConfigError, OpenError, ResourceError: Nothing was made, and nothing is left registered.
    """
    failure = AlogError()

    def check(status: int) -> None:
        if status != Status.OK:
            raise error_of(status, failure)

    destinations: dict[int, int] = {}
    config, handle = ctypes.c_void_p(), AlogLogger()
    check(library.alog_config_new(ctypes.byref(config)))
    try:
        for key, value in settings.items():
            check(library.alog_config_set(config, setting(key), setting(value), ctypes.byref(failure)))
        for index, sink in enumerate(wanted):
            if sink.deliver is not None:
                destinations[index] = sinks.register(sink.deliver)
            check(_add(config, sink, destinations.get(index), failure))
        check(library.alog_new(config, ctypes.byref(handle), ctypes.byref(failure)))
    except BaseException:
        for number in destinations.values():
            sinks.unregister(number)
        raise
    finally:
        library.alog_config_free(config)
    return handle, destinations


def _add(config: ctypes.c_void_p, sink: Sink, number: int | None, failure: AlogError) -> int:
    spec, out_error = setting(sink.spec), ctypes.byref(failure)
    status: int
    if number is None:
        status = library.alog_config_add_sink(config, spec, out_error)
    else:
        status = library.alog_config_add_callback(config, spec, sinks.CALLBACK, number, sinks.NO_DESTROY, out_error)
    return status
