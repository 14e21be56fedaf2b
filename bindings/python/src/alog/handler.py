"""The two ends of the standard ``logging`` that alog has: a handler, and a class of loggers that is faster with it.

    import logging
    import alog

    logging.basicConfig(handlers=[alog.Handler("file:app.log")], level=logging.DEBUG)

A module of its own: a program that does not use ``logging`` does not load it.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import operator
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, Union

from ._source import place, place_in_logging
from .errors import Error
from .levels import Level
from .logger import Logger
from .sinks import Sink, Target

PATIENCE: Final = 5.0
"""How long `Handler.flush` and `Handler.close` wait at most, in seconds: ``logging`` calls them when the program ends."""
_LEVELS: Final = [
    (logging.CRITICAL, Level.FATAL),
    (logging.ERROR, Level.ERROR),
    (logging.WARNING, Level.WARN),
    (25, Level.NOTICE),  # as packages that have such a level number it
    (logging.INFO, Level.INFO),
    (logging.DEBUG, Level.DEBUG),
]
_EXACT: Final = {**dict(_LEVELS), 5: Level.TRACE}
"""The numbers that say all there is to say of a level; of others the name is a field."""
_MOST_NAMES: Final = 1000
"""So many names of ``logging`` get a logger of their own; beyond them the name is a field called ``logger``."""
_OF_EVERY_RECORD: Final = {"message", "asctime", "taskName", *vars(logging.LogRecord("", 0, "", 0, "", (), None))}


@functools.lru_cache(maxsize=256)
def level_of(number: int) -> Level:
    """Returns the level that a number of ``logging`` stands for: the next one below."""
    return next((level for lowest, level in _LEVELS if number >= lowest), Level.TRACE)


class Handler(logging.Handler):
    """Hands records of ``logging`` to an alog logger; only ``CRITICAL`` waits for a destination, as `Logger.fatal` does.

    The name of the logger stands behind that of `to`, and the source is that which ``logging`` found. What was given as
    ``extra`` becomes fields. Without a formatter the message is ``record.getMessage()``, an exception becomes the fields
    ``error``, ``error_type`` and ``traceback``, ``stack_info`` the field ``stack``. With a formatter the message is what
    that makes of the record, exception and stack included. (``logging.BASIC_FORMAT``, which ``basicConfig`` sets by
    itself, counts as none.) The message is no template.

    A level of ``logging`` stands for the next one below of alog: 50 FATAL, 40 ERROR, 30 WARN, 25 NOTICE, 20 INFO, 10
    DEBUG, everything else TRACE; a number in between leaves its name in the field ``levelname``.

    Args:
        to: A `Logger`, which stays the caller's. Or where lines go, as `Logger` takes it: a URL, a path, a file-like
            object, a callable, a `Sink`, or several in a sequence; the handler then has a logger of its own at all levels.
        level: The lowest level of ``logging`` that the handler takes.
        settings: For a logger of its own: arguments of `Logger`, such as ``format="json"``.

    Raises:
        ConfigError, OpenError, ResourceError: As for `Logger`.
        TypeError: There are settings for a logger that is the caller's.

    >>> import io, logging
    >>> lines = io.StringIO()
    >>> log = logging.Logger("shop")
    >>> log.addHandler(Handler(lines, pattern="{level} {logger} {message} {fields}"))
    >>> log.warning("slow: %d ms", 812, extra={"table": "orders"})
    >>> log.handlers[0].flush()
    >>> lines.getvalue()
    'WARN shop slow: 812 ms table=orders\\n'
    >>> log.handlers[0].close()

    For ``dictConfig`` it is the class ``alog.Handler``; the keys are the arguments.
    """

    def __init__(
        self,
        to: Union[Logger, Target, Sink, Sequence[Union[Target, Sink]]],
        level: Union[int, str] = logging.NOTSET,
        **settings: Any,
    ) -> None:
        self._is_own = not isinstance(to, Logger)
        if isinstance(to, Logger):
            if settings:
                raise TypeError(f"settings are for a logger of the handler's own, not for one that is given: {settings}")
            self._alog = to
        else:
            there: Any = to
            several = isinstance(to, Sequence) and not isinstance(to, (str, bytes))
            sinks: list[Any] = [*there] if several else [there]
            settings.setdefault("level", "all")
            self._alog = Logger(*sinks, **settings)
        self._named = {"root": self._alog}
        try:
            super().__init__(level)  # last: it has `logging` flush and close this one at the end of the program
        except BaseException:  # a level that is none
            self._close_own()
            raise

    def setFormatter(self, fmt: Any) -> None:
        """Sets what makes the message of a record; None: ``record.getMessage()``."""
        super().setFormatter(fmt)
        self._formats = fmt is not None and not _is_basic(fmt)

    _formats = False
    """Whether there is a formatter that somebody chose."""
    _is_changed = False
    """Whether this object has a method of its own."""
    _is_closed = False

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in ("handle", "emit", "filter"):
            super().__setattr__("_is_changed", True)

    def handle(self, record: logging.LogRecord) -> Any:
        """Does what every handler does, but takes no lock: threads do not wait here for one that waits for space."""
        if type(self).emit is not Handler.emit:
            return super().handle(record)
        passed: Any = self.filter(record)
        if passed:
            self.emit(passed if isinstance(passed, logging.LogRecord) else record)
        return passed

    def emit(self, record: logging.LogRecord) -> None:
        """Hands a record over; what goes wrong there is for `logging.Handler.handleError`."""
        try:
            level = level_of(record.levelno)
            log = self._logger_of(record.name)
            if not log.is_enabled(level):
                return
            message = self.format(record) if self._formats else record.getMessage()
            known, fields = vars(record), {}
            if not known.keys() <= _OF_EVERY_RECORD:  # which is found out faster than what there is
                fields = {str(key): value for key, value in known.items() if key not in _OF_EVERY_RECORD}
            if log is self._alog and record.name != "root":
                fields["logger"] = record.name
            if record.levelno not in _EXACT and not record.levelname.startswith("Level "):
                fields["levelname"] = record.levelname
            exception = None
            if not self._formats:
                exception = record.exc_info
                if record.stack_info:
                    fields["stack"] = record.stack_info
                if record.exc_text and not exception:  # as it came from another process
                    fields["traceback"] = record.exc_text
            source = place(record.pathname, record.lineno, record.funcName or "") if log._shows_source else 0
            if not (fields or source or exception):
                Logger.log(log, level, message)  # what costs least, whatever a subclass makes of its method
                return
            log._hand_over(level, message, fields, exception, None, source, is_template=False)
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Waits until everything is written that was logged, 5 seconds at most; not for a logger that is closed."""
        with contextlib.suppress(Error):  # closed, or called by a destination: there is nothing to wait for
            self._alog.flush(PATIENCE)

    def close(self) -> None:
        """Closes a logger of its own, which takes 5 seconds at most; later records are refused in silence."""
        self._is_closed = True
        self._close_own()
        super().close()

    def __repr__(self) -> str:
        to = "closed" if self._is_closed else repr(self._alog)
        return f"<alog.Handler {to} ({logging.getLevelName(self.level)})>"

    def _close_own(self) -> None:
        if self._is_own:
            with contextlib.suppress(Error):  # too late, or called by a destination: it goes on in the background
                self._alog.close(PATIENCE)

    def _logger_of(self, name: str) -> Logger:
        log = self._named.get(name)
        if log is None:
            if len(self._named) >= _MOST_NAMES or not name:
                return self._alog
            try:
                log = self._named[name] = self._alog.child(name=name)
            except (Error, ValueError, TypeError):  # stopped or closed, or a name that is none here
                return self._alog
        return log


def _is_basic(formatter: Any) -> bool:
    basic = type(formatter) is logging.Formatter and formatter.datefmt is None
    return basic and formatter._fmt == logging.BASIC_FORMAT


_ABOVE: Final = 1 if sys.version_info >= (3, 11) else 0
"""How many frames above that of ``logging`` itself a caller of `StandardLogger` is."""
_OVERRIDABLE: Final = ("_log", "makeRecord", "handle", "callHandlers", "findCaller", "filter")
"""What of a logger takes part in a call that `StandardLogger` makes shorter."""
_taking_part: Final = operator.attrgetter(*_OVERRIDABLE)
_found: Final[tuple[Any, ...]] = _taking_part(logging.Logger)
_AS_EVER: Final = _found if all(getattr(it, "__globals__", None) is vars(logging) for it in _found) else ()
"""These methods, to see whether somebody replaced one, as tracers and reporters of errors do; ``()``: one has before."""
_EMIT, _TAKE, _PASS = Handler.emit, Handler.handle, Handler.filter


class StandardLogger(logging.Logger):
    """A logger of ``logging`` whose calls go straight to alog where that makes no difference but the time.

    ``logging.setLoggerClass(alog.StandardLogger)`` before the first ``getLogger`` makes all loggers such ones. A call
    takes the short way if the only handler that would see the record is a `Handler`, neither has filters or a formatter,
    there is no ``extra``, ``exc_info``, ``stack_info`` or ``stacklevel``, and nobody replaced the class of records or
    a method in between. In all other cases it does what ``logging`` does.
    """

    _is_changed = False
    """Whether this object has a method of its own; asked of the object's dict, each call would be slower."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in _OVERRIDABLE:
            super().__setattr__("_is_changed", True)

    def debug(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """Logs ``msg % args`` at DEBUG; takes what `logging.Logger.debug` takes."""
        if self.isEnabledFor(10) and (kwargs or not self._hand_over(10, msg, args)):
            self._log(10, msg, args, **_one_above(kwargs))

    def info(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """Logs ``msg % args`` at INFO; takes what `logging.Logger.info` takes."""
        if self.isEnabledFor(20) and (kwargs or not self._hand_over(20, msg, args)):
            self._log(20, msg, args, **_one_above(kwargs))

    def warning(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """Logs ``msg % args`` at WARNING; takes what `logging.Logger.warning` takes."""
        if self.isEnabledFor(30) and (kwargs or not self._hand_over(30, msg, args)):
            self._log(30, msg, args, **_one_above(kwargs))

    def error(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """Logs ``msg % args`` at ERROR; takes what `logging.Logger.error` takes."""
        if self.isEnabledFor(40) and (kwargs or not self._hand_over(40, msg, args)):
            self._log(40, msg, args, **_one_above(kwargs))

    def critical(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """Logs ``msg % args`` at CRITICAL; takes what `logging.Logger.critical` takes."""
        if self.isEnabledFor(50) and (kwargs or not self._hand_over(50, msg, args)):
            self._log(50, msg, args, **_one_above(kwargs))

    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        """Logs ``msg % args`` at a level; takes what `logging.Logger.log` takes."""
        if not isinstance(level, int):  # pyright: ignore[reportUnnecessaryIsInstance]
            super().log(level, msg, *args, **kwargs)  # which says so
        elif self.isEnabledFor(level) and (kwargs or not self._hand_over(level, msg, args)):
            self._log(level, msg, args, **_one_above(kwargs))

    def _hand_over(self, number: int, msg: object, args: tuple[Any, ...]) -> bool:
        """Does the whole call if that can be done without a record; otherwise nothing is done."""
        handler = self._only_handler()
        if type(handler) is not Handler or handler.filters or handler._formats:
            return False
        if handler._is_changed or (Handler.emit, Handler.handle, Handler.filter) != (_EMIT, _TAKE, _PASS):
            return False
        if number < handler.level:
            return True
        level, log = _EXACT.get(number), handler._logger_of(self.name)
        if level is None or log is handler._alog:
            return False
        if not log.is_enabled(level):
            return True
        source = 0
        if log._shows_source:
            try:
                frame = sys._getframe(2)
            except ValueError:  # called by no Python code: an exit handler
                return False
            if frame.f_code.co_filename == logging._srcfile:
                return False  # a method of `logging` that calls one of these
            source = place_in_logging(frame)
        try:
            message = str(msg)
            if args:
                first = args[0]
                named = len(args) == 1 and first and isinstance(first, Mapping)
                message %= first if named else args
        except Exception:  # `logging` meets it again, and tells of it in its own way
            return False
        if source:
            log._hand_over(level, message, {}, None, None, source, False)
        else:
            Logger.log(log, level, message)
        return True

    def _only_handler(self) -> Union[logging.Handler, None]:
        """The one handler that would see a record; None if there are more or less, or more than handlers see it."""
        if self.filters or self._is_changed or _taking_part(type(self)) != _AS_EVER:
            return None
        if logging.getLogRecordFactory() is not logging.LogRecord:
            return None
        found: Union[logging.Handler, None] = None
        log: Union[logging.Logger, None] = self
        while log is not None:
            for handler in log.handlers:
                if found is not None:
                    return None
                found = handler
            log = log.parent if log.propagate else None
        return found


def _one_above(kwargs: dict[str, Any]) -> dict[str, Any]:
    """What to call ``logging`` with, for it to find the caller of the method that calls it."""
    if _ABOVE:
        kwargs["stacklevel"] = kwargs.get("stacklevel", 1) + _ABOVE
    return kwargs
