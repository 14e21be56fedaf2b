"""The methods that change single settings while a logger runs."""

from __future__ import annotations

import ctypes
from typing import Optional, Union

from . import _native
from ._arguments import checked
from ._native import AlogSwitch, library
from ._opening import reconfigure
from ._questions import Questions
from ._text import setting
from .errors import error_of
from .levels import LevelLike, level_name, level_number, set_name
from .status import Status


class Switching(Questions):
    """What of a `Logger` can be switched."""

    __slots__ = ()

    _switch: AlogSwitch  # live
    _levels: memoryview

    def _is_open(self) -> bool:
        return bool(self._switch.id == self._handle.id)

    @property
    def levels(self) -> str:
        """The levels that are on, for this logger and all that share its queue, as the argument ``level``.

        To set it counts from the next call on, in every language of the process.

        Raises:
            ConfigError: It is no set of levels; nothing was changed.
            ClosedError: The logger is closed.
        """
        if not self._is_open():
            raise error_of(Status.ERR_HANDLE)
        return set_name(self._switch.levels)

    @levels.setter
    def levels(self, levels: str) -> None:
        failure = _native.AlogError()
        status = library.alog_levels_set(self._handle, setting(level_name(levels)), ctypes.byref(failure))
        if status != Status.OK:
            raise error_of(status, failure)

    def is_enabled(self, level: LevelLike) -> bool:
        """Whether a level is switched on; False also if the logger is closed.

        Raises:
            ValueError: There is no such level.
        """
        return self._levels[0] >> level_number(level) & 1 != 0 and self._is_open()

    @checked
    def reconfigure(
        self,
        *,
        level: Optional[LevelLike] = None,
        overflow: Optional[str] = None,
        max_message_bytes: Union[int, str, None] = None,
    ) -> None:
        """Changes settings while the logger runs, all or none, for this logger and all that share its queue.

        Raises:
            ConfigError: A value is not valid; nothing was changed.
            ClosedError: The logger is closed.
        """
        changes = {"level": level, "overflow": overflow, "max_message_bytes": max_message_bytes}
        reconfigure(self._handle, changes)
