"""Logging methods as builtins: CPython calls the library directly, without ctypes in between.

The library has functions in CPython's own calling convention and is told where CPython's functions are, so nothing is
compiled and nothing linked. They do what never waits and has plain arguments; for all else they call the method
written in Python, with the same arguments. So a program notices nothing but the time: level off, a message, or fields
that are ``str``, ``bytes``, ``int``, ``float``, ``bool`` or None, up to 16 of them.

Where that cannot be, the methods written in Python are all there is. ``ALOG_PYTHON=ctypes`` in the environment asks for
that; ``ALOG_PYTHON=native`` for an ImportError instead.

Why is the lock of the interpreter not given back, as it is around every other call? To give it back and take it again
costs more than the call, which never waits.
"""

from __future__ import annotations

import ctypes
import os
import sys
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Optional

from ._native import library

_MESSAGE: Final = "message, /, *, exc_info=None, timeout=None, **fields"
METHODS: Final = {
    **dict.fromkeys(("trace", "debug", "info", "notice", "warn", "error", "fatal"), _MESSAGE),
    "log": f"level, {_MESSAGE}",
    "is_enabled": "level",
}
"""The methods that there are, with what they take."""
ALIASES: Final = {"warning": "warn", "critical": "fatal"}


class Interpreter(NamedTuple):
    """What decides whether its objects are those that the library knows."""

    wish: str
    name: str
    version: tuple[int, int]
    flags: str
    lists_objects: bool
    number: int
    library_has_it: bool


def this_interpreter() -> Interpreter:
    """Describes the interpreter that runs this."""
    number = 0
    if sys.implementation.name == "cpython":
        current, number_of = ctypes.pythonapi.PyInterpreterState_Get, ctypes.pythonapi.PyInterpreterState_GetID
        current.restype, number_of.restype, number_of.argtypes = ctypes.c_void_p, ctypes.c_int64, [ctypes.c_void_p]
        number = number_of(current())
    return Interpreter(
        wish=os.environ.get("ALOG_PYTHON", ""),
        name=sys.implementation.name,
        version=sys.version_info[:2],
        flags=getattr(sys, "abiflags", ""),
        lists_objects=hasattr(sys, "getobjects"),
        number=number,
        library_has_it=hasattr(library, "_alog_python_init"),
    )


def reason_against(it: Interpreter) -> Optional[str]:
    """Says why the methods of this interpreter are those written in Python; None if they need not be.

    Raises:
        ImportError: The wish is none.
    """
    if it.wish not in ("", "ctypes", "native"):
        raise ImportError(f"ALOG_PYTHON is ctypes, native or not set, not {it.wish!r}")
    reasons = {
        "ALOG_PYTHON is ctypes": it.wish == "ctypes",
        f"{it.name} is not CPython": it.name != "cpython",
        "CPython is older than 3.9": it.version < (3, 9),
        "this CPython has no GIL": "t" in it.flags,  # also while it is switched on: the objects are others
        "this CPython keeps a list of all objects": it.lists_objects,  # in front of what the library reads
        "this is a sub-interpreter": it.number != 0,  # the library keeps the objects of one
        "the library is older than this package": not it.library_has_it,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _prepare() -> tuple[Optional[str], Any, Any]:
    """Returns why not; the library, called with the GIL; the type that a logger is derived from."""
    reason = reason_against(this_interpreter())
    if reason is not None:
        return reason, None, object
    mine = ctypes.PyDLL(library._name, handle=library._handle)
    mine._alog_python_names.restype = mine._alog_python_init.restype = ctypes.c_char_p
    names = mine._alog_python_names().decode().split()
    found: list[Any] = [getattr(ctypes.pythonapi, name, None) for name in names]
    addresses = [ctypes.cast(symbol, ctypes.c_void_p).value for symbol in found]
    refused: Optional[bytes] = mine._alog_python_init(
        (ctypes.c_void_p * len(found))(*addresses), ctypes.c_size_t(len(found))
    )
    if refused is not None:
        return refused.decode(), None, object
    mine._alog_python_type.restype = mine._alog_python_method.restype = ctypes.py_object
    an_object, text = ctypes.py_object, ctypes.c_char_p
    mine._alog_python_method.argtypes = [an_object, text, text, an_object, an_object]
    mine._alog_python_attach.argtypes = [ctypes.py_object, ctypes.c_uint64, ctypes.c_int]
    mine._alog_python_place.argtypes = [ctypes.py_object, ctypes.c_uint32]
    mine._alog_python_attach.restype = mine._alog_python_place.restype = None
    return None, mine, mine._alog_python_type()


why_not, _mine, _base = _prepare()
native: Final[bool] = why_not is None
"""Whether the logging methods are builtins here; otherwise ctypes calls the library, which takes ten times as long."""

if why_not is not None and os.environ.get("ALOG_PYTHON") == "native":
    raise ImportError(f"ALOG_PYTHON is native, but {why_not}")

if TYPE_CHECKING:

    class Base:
        """What a logger is derived from: an object that has room for what the library needs to know."""

else:
    Base = _base


def install(logger: Any, level: type) -> None:
    """Gives a class, derived from `Base`, the methods of the library in place of its own, which those call."""
    if not native:
        return
    for name, parameters in METHODS.items():
        own = getattr(logger, name)
        doc = f"{name}($self, {parameters})\n--\n\n{own.__doc__ or ''}"
        setattr(logger, name, _mine._alog_python_method(logger, name.encode(), doc.encode(), level, own))
    for alias, name in ALIASES.items():
        setattr(logger, alias, getattr(logger, name))


def attach(logger: Base, handle: int, in_python: bool, shows_source: bool, shows_thread: bool) -> None:
    """Tells a logger its handle.

    Args:
        logger: An instance of a class derived from `Base`.
        handle: What the library knows it by.
        in_python: Its calls have more to do than to hand over: all that are on go to the methods written in Python.
        shows_source: Its messages carry their file, line and function.
        shows_thread: A thread that logs first is named, which Python does.
    """
    if native:
        _mine._alog_python_attach(logger, handle, in_python | shows_source << 1 | shows_thread << 2)


def remember(frame: FrameType, source: int) -> None:
    """Tells which number the place has where a frame is."""
    if native:
        _mine._alog_python_place(frame, source)
