"""Where in the program a message comes from, as a number of the library's.

A place is a code object and an instruction in it, for which its file, line and function are asked once. The code object
is found by its address: its hash takes long, for it is made of the contents. It is kept as long as its address counts.
"""

from __future__ import annotations

import ctypes
import sys
from types import CodeType, FrameType
from typing import Final

from ._fast import remember
from ._native import library
from ._text import SURROGATES

REMEMBERED: Final = 4096
"""How many places are remembered; more are forgotten all at once. The library knows a million, for ever."""

_getframe = sys._getframe
_places: dict[tuple[int, int], tuple[CodeType, int]] = {}
_in_logging: dict[tuple[int, int], tuple[CodeType, int]] = {}
_named: dict[tuple[str, int, str], int] = {}


def caller(depth: int) -> int:
    """Returns the number of the place `depth` calls above the one that calls this; 0 if there is none.

    Takes about 170 ns for a place that is remembered.
    """
    try:
        frame = _getframe(depth + 1)
    except ValueError:  # called by no Python code: a thread's target, an exit handler
        return 0
    code = frame.f_code
    try:
        return _places[id(code), frame.f_lasti][1]
    except KeyError:
        return _learn(code, frame)


def place_in_logging(frame: FrameType) -> int:
    """Returns the number of the place where a frame is; the function has the name that ``logging`` gives it."""
    code = frame.f_code
    try:
        return _in_logging[id(code), frame.f_lasti][1]
    except KeyError:
        number = _ask(code.co_filename, frame.f_lineno or 0, code.co_name)
        _remember(_in_logging, code, frame, number)
        return number


def _learn(code: CodeType, frame: FrameType) -> int:
    function: str = getattr(code, "co_qualname", code.co_name)  # since Python 3.11
    number = _ask(code.co_filename, frame.f_lineno or 0, function)
    _remember(_places, code, frame, number)
    remember(frame, number)
    return number


def _remember(
    places: dict[tuple[int, int], tuple[CodeType, int]], code: CodeType, frame: FrameType, number: int
) -> None:
    if len(places) >= REMEMBERED:
        places.clear()
    places[id(code), frame.f_lasti] = code, number


def place(file: str, line: int, function: str) -> int:
    """Returns the number of a place that is known by its name; 0 if there is none."""
    key = file, line, function
    number = _named.get(key)
    if number is None:
        number = _ask(file, line, function)
        if len(_named) >= REMEMBERED:
            _named.clear()
        _named[key] = number
    return number


def _ask(file: str, line: int, function: str) -> int:
    path, name = file.encode("utf-8", SURROGATES), function.encode("utf-8", SURROGATES)
    number = ctypes.c_uint32()
    library.alog_source_get(path, len(path), line, name, len(name), ctypes.byref(number))
    return number.value  # 0, for "unknown", if the library has no number
