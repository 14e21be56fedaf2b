"""A handler for the standard ``logging``: what other packages log goes to an alog logger, with fields and source.

    import logging
    from alog.handler import Handler

    logging.basicConfig(handlers=[Handler(log)], level=logging.DEBUG)

A module of its own: a program that does not use ``logging`` does not load it.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from typing import Final, Union

from ._source import place
from .errors import Error
from .levels import Level
from .logger import Logger

_LEVELS: Final = [
    (logging.CRITICAL, Level.FATAL),
    (logging.ERROR, Level.ERROR),
    (logging.WARNING, Level.WARN),
    (25, Level.NOTICE),  # as packages that have such a level number it
    (logging.INFO, Level.INFO),
    (logging.DEBUG, Level.DEBUG),
]
_MOST_NAMES: Final = 1000
"""So many names of ``logging`` get a logger of their own; beyond them the name is a field called ``logger``."""
_OF_EVERY_RECORD: Final = {"message", "asctime", "taskName", *vars(logging.LogRecord("", 0, "", 0, "", (), None))}


@functools.lru_cache(maxsize=256)
def level_of(number: int) -> Level:
    """Returns the level that a number of ``logging`` stands for: the next one below."""
    return next((level for lowest, level in _LEVELS if number >= lowest), Level.TRACE)


class Handler(logging.Handler):
    """Hands records of ``logging`` to an alog logger; only ``CRITICAL`` waits for a destination, as `Logger.fatal` does.

    What was given as ``extra`` becomes fields, an exception the fields ``error``, ``error_type`` and ``traceback``,
    ``stack_info`` the field ``stack``; the name of the logger stands behind that of `log`, and the source is that which
    ``logging`` found. Without a formatter the message is ``record.getMessage()``; it is no template.

    Args:
        log: Where records go. It stays the caller's: to close the handler does not close it.
        level: The lowest level of ``logging`` that the handler takes.
    """

    def __init__(self, log: Logger, level: Union[int, str] = logging.NOTSET) -> None:
        super().__init__(level)
        self._alog = log
        self._named = {"root": log}

    def emit(self, record: logging.LogRecord) -> None:
        """Hands a record over; what goes wrong there is for `logging.Handler.handleError`."""
        try:
            level = level_of(record.levelno)
            log = self._logger_of(record.name)
            if not log.is_enabled(level):
                return
            message = record.getMessage() if self.formatter is None else self._formatted(record)
            known, fields = vars(record), {}
            if not known.keys() <= _OF_EVERY_RECORD:  # which is found out faster than what there is
                fields = {key: value for key, value in known.items() if key not in _OF_EVERY_RECORD}
            if log is self._alog and record.name != "root":
                fields["logger"] = record.name
            if record.stack_info:
                fields["stack"] = record.stack_info
            source = place(record.pathname, record.lineno, record.funcName or "") if log._shows_source else 0
            if not (fields or source or record.exc_info):
                Logger.log(log, level, message)  # what costs least, whatever a subclass makes of its method
                return
            log._hand_over(level, message, fields, record.exc_info, None, source, is_template=False)
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Waits until everything is written that was logged; not for a logger that is closed."""
        with contextlib.suppress(Error):  # closed, or called by a destination: there is nothing to wait for
            self._alog.flush()

    def _formatted(self, record: logging.LogRecord) -> str:
        # A formatter appends the exception, which is in the fields.
        kept = record.exc_info, record.exc_text, record.stack_info
        record.exc_info = record.exc_text = record.stack_info = None
        try:
            return self.format(record)
        finally:
            record.exc_info, record.exc_text, record.stack_info = kept

    def _logger_of(self, name: str) -> Logger:
        log = self._named.get(name)
        if log is None:
            if len(self._named) >= _MOST_NAMES or not name:
                return self._alog
            try:
                log = self._named[name] = self._alog.child(name=name)
            except Error:  # stopped or closed, or a name that is none
                return self._alog
        return log
