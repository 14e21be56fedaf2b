"""The severities of messages."""

from __future__ import annotations

import ctypes
import enum
from typing import Optional, Union

from ._native import library
from ._text import SURROGATES


class Level(enum.IntEnum):
    """The severity of a message; a higher number is more severe."""

    TRACE = 0
    """Every step of the way; for the author of the code."""
    DEBUG = 1
    """What helps to find a fault."""
    INFO = 2
    """What happens in normal service."""
    NOTICE = 3
    """Normal but worth a look."""
    WARN = 4
    """Something is off; the service goes on."""
    ERROR = 5
    """Something failed."""
    FATAL = 6
    """The program cannot go on. alog ends it only with ``on_fatal=abort``."""


LevelLike = Union[Level, int, str]
"""A `Level`, its number (0 to 6), or its name in any case; ``warning`` is WARN and ``critical`` is FATAL, as in `logging`."""

_known: dict[str, int] = {}  # names that are levels, as they were written: to ask the library takes a microsecond


def _named(name: str) -> Optional[int]:
    number = _known.get(name)
    if number is None:
        text, found = name.encode("utf-8", SURROGATES), ctypes.c_int32()
        if library.alog_level_find(text, len(text), ctypes.byref(found)) == 0:
            number = _known[name] = found.value
    return number


def level_number(level: LevelLike) -> int:
    """Returns the number of a level.

    Raises:
        ValueError: No level has that number or name. The levels of the standard ``logging`` are other numbers.
        TypeError: It is neither a number nor a name.
    """
    if type(level) is int and 0 <= level <= 6:
        return level
    if isinstance(level, str):
        number = _named(level)
        if number is not None:
            return number
    elif not isinstance(level, int):
        raise TypeError(f"a level is an alog.Level, an int or a str, not {type(level).__name__}")
    elif Level.TRACE <= level <= Level.FATAL:
        return int(level)
    raise ValueError(f"no level {level!r}: use trace, debug, info, notice, warn, error, fatal or 0 to {max(Level):d}")


def level_name(level: LevelLike) -> str:
    """Returns a level as the library's configuration takes it; a text passes as it is, for the library to judge."""
    return level if isinstance(level, str) else Level(level_number(level)).name.lower()


def set_name(levels: int) -> str:
    """Returns the text of a set of levels, of which bit ``n`` stands for level ``n``."""
    names = [level.name.lower() for level in Level if levels >> level & 1]
    if len(names) in (0, len(Level)):
        return "all" if names else "off"
    lowest = Level(len(Level) - len(names))
    return f"{lowest.name.lower()}+" if levels >> lowest == (1 << len(names)) - 1 else "|".join(names)
