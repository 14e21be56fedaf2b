"""The logger."""

from __future__ import annotations

import ctypes
import os
import sys
import weakref
from collections.abc import Collection, Iterable, Mapping
from typing import Callable, NoReturn, Optional, TypeVar, Union

from . import _attention, _callbacks, _fast, _lifetime
from ._arguments import checked
from ._awaiting import Awaiting
from ._native import AlogLogger, AlogSwitchPointer, library
from ._opening import Hooks, Plan, Source, derive, derive_with_fields, find_logger, open_logger
from ._pulling import Pulling
from ._reloading import Reloading
from ._switching import Switching
from .errors import ClosedError, Error
from .levels import Level, LevelLike, level_name
from .record import Scheduler
from .sinks import Sink, Target

_Self = TypeVar("_Self", bound="Logger")
_LEVELS_AT = 8 if sys.byteorder == "little" else 11
"""Where in an `AlogSwitch` the byte is that has a bit for each level."""
_SHARED = (
    "_home",
    "_sources",
    "_asks_for_source",
    "_shows_source",
    "_shows_thread",
    "_calls_back",
    "_write",
    "_log",
    "_log_sync",
)
"""What a derived logger takes over from the one that it is derived from."""


class Logger(Reloading, Awaiting, Switching, Pulling):
    """Writes messages in the background; logging never waits for a destination.

    >>> import io
    >>> lines = io.StringIO()
    >>> with Logger(lines, format="raw") as log:
    ...     log.info("hello")
    ...     log.info("user {id} logged in", id=5)
    True
    True
    >>> lines.getvalue()
    'hello\\nuser 5 logged in\\n'

    Args:
        *sinks: Where lines go, at most 64: a URL (``"console:"``, ``"stderr:"``, ``"file:app.log"``, ``"fd:3"``, each
            with ``?level=warn&format=json`` if wanted), a path, a file-like object, a callable, or a `Sink` of any of
            these with options. Default: standard output.
        level: The levels that are on: a `Level`, its number, or a name means it and what is more severe; ``"off"``,
            ``"all"``, or a set such as ``"debug|warn|fatal"``, ``"info-"`` (it and less severe), ``"debug|error+"``.
        queue_bytes: The queue of each thread that logs: ``"4KiB"`` to ``"1GiB"``, or a number of bytes; rounded up to a
            power of two. 0 hands over: a call returns when the writer has taken the record.
        max_message_bytes: The longest message with its fields that is taken: 1 to ``"1GiB"``. With ``crash_dir``
            the default is a quarter of ``queue_bytes`` less 32 bytes, and there is no more.
        overflow: What a call does when the queue is full: ``"block"`` waits for space, ``"block:250ms"`` at most that
            long (``ms`` or ``s``), ``"drop-newest"`` refuses the message, ``"drop-oldest"`` drops the oldest of this
            thread, ``"grow:64MiB"`` makes the queue larger while all stay within that. For some levels:
            ``"drop-newest, error+=block:2s"``. What a signal handler raises (Ctrl-C) ends this wait on the main thread:
            the message is refused, and counted as one that timed out.
        error_capacity: How many distinct errors are kept for `poll_error`: 1 to 65536.
        workers: Writer threads, 0 to 64; 0: the thread that logs writes.
        scheduler: With several workers: ``"by-thread"`` (each thread has one, so its records stay in order),
            ``"round-robin"``, or a callable that gets the `Record` and the number of workers and returns one of them.
        writer: ``"thread"``, or ``"caller"``: no thread, see `run` and `drain`.
        crash_dir: A directory of the user's own, made if it is missing, for the queues: what was accepted when the program
            was killed is written by the next logger with that directory, or by ``alog recover``.
        on_fatal: When a message of level FATAL is written: ``"continue"``, or ``"abort"`` the program.
        name: The logger's name, 1 to 255 bytes.
        format: ``"text"`` (``[2026-01-31 23:59:59.123456Z] INFO - message key=value``; what could break the line is
            escaped, and can be restored), ``"raw"`` (the message alone), ``"json"`` (one object per line) or
            ``"logfmt"`` (``key=value`` for everything). All end a line in one newline.
        pattern: Instead of a format: text with tokens such as ``{time:%H:%M:%S.%3f}``, ``{level|<6}``, ``{message}``,
            ``{fields}``, ``{field:KEY}``, ``{logger}``, ``{thread}``, ``{source}``; alog.h lists them.
        time_zone: ``"utc"``, ``"local"`` or an IANA name.
        color: Of text and patterns: ``"auto"`` (on a terminal), ``"always"``, ``"never"``.
        redact: Fields whose values no line shows, in groups too: ``["password", "req.token"]``.
        time_key, level_key, message_key, logger_key, source_key, thread_key, pid_key, seq_key: Names of elements in
            json and logfmt; empty leaves one out. That of `seq_key` is the number of a record in its sink.
        fields: Fields of every message, as those of `info`.
        pre_hooks: Callables that get each `Record` on the thread that logs, before it is queued; in a dict with names.
        post_hooks: The same on the writer thread, before the record is formatted.
        source: Whether each message carries its file, line and function; it takes a moment to find them. Default: if a
            format shows them.

    Raises:
        ConfigError: A setting or a sink is not valid; the text says what is.
        TypeError: An argument is of a wrong type; the text says what it takes.
        OpenError: A destination could not be opened.
        ResourceError: Memory, a thread or a descriptor could not be had.
        ModeError: A destination, a hook or a scheduler in Python, in an isolated sub-interpreter: see `Sink`.

    If a hook or a scheduler raises, the message is logged all the same, and `poll_error` reports it with the exception.
    It may log; what a pre-hook logs passes no pre-hooks.

    Every method may be called from any thread. After a fork both processes may use the logger at once: the child
    begins with an empty queue, and what the parent had accepted is written by the parent alone.

    ``with`` and ``async with`` stop the logger at their end. A logger that is never stopped loses nothing either when the
    program ends normally; one that is collected before is stopped then, with a `ResourceWarning`.
    """

    __slots__ = ("__dict__", "__weakref__", "_addresses", "_root", "_switch")

    @checked
    def __init__(
        self,
        *sinks: Union[Target, Sink],
        level: LevelLike = "info",
        queue_bytes: Union[int, str] = "1MiB",
        max_message_bytes: Union[int, str] = "1MiB",
        overflow: str = "block",
        error_capacity: Union[int, str] = 256,
        workers: Union[int, str] = 1,
        scheduler: Union[str, Scheduler] = "by-thread",
        writer: str = "thread",
        crash_dir: Union[str, "os.PathLike[str]"] = "",
        on_fatal: str = "continue",
        name: Optional[str] = None,
        format: str = "text",
        pattern: Optional[str] = None,
        time_zone: str = "utc",
        color: str = "auto",
        redact: Union[str, Iterable[str], None] = None,
        time_key: str = "time",
        level_key: str = "level",
        message_key: str = "message",
        logger_key: str = "logger",
        source_key: str = "source",
        thread_key: str = "",
        pid_key: str = "",
        seq_key: str = "",
        fields: Optional[Mapping[str, object]] = None,
        pre_hooks: Hooks = (),
        post_hooks: Hooks = (),
        source: Optional[bool] = None,
    ) -> None:
        settings = {
            "level": level_name(level),
            "queue_bytes": queue_bytes,
            "max_message_bytes": None if max_message_bytes == "1MiB" else max_message_bytes,
            "overflow": overflow,
            "error_capacity": error_capacity,
            "workers": workers,
            "scheduler": scheduler if isinstance(scheduler, str) else None,
            "writer": writer,
            "crash_dir": os.fspath(crash_dir),
            "on_fatal": on_fatal,
            "name": name,
            "format": format,
            "pattern": pattern,
            "time_zone": time_zone,
            "color": color,
            "redact": redact,
            "time_key": time_key,
            "level_key": level_key,
            "message_key": message_key,
            "logger_key": logger_key,
            "source_key": source_key,
            "thread_key": thread_key,
            "pid_key": pid_key,
            "seq_key": seq_key,
        }
        own = None if isinstance(scheduler, str) else scheduler
        self._begin(Plan(settings, sinks, fields, pre_hooks, post_hooks, own), source)

    @classmethod
    @checked
    def from_file(
        cls: type[_Self],
        path: Union[str, os.PathLike[str]],
        *sinks: Union[Target, Sink],
        env: Optional[str] = None,
        fields: Optional[Mapping[str, object]] = None,
        pre_hooks: Hooks = (),
        post_hooks: Hooks = (),
        scheduler: Optional[Scheduler] = None,
        source: Optional[bool] = None,
    ) -> _Self:
        """Makes a logger as a TOML file says; CONFIGURATION.md of the project tells what there is to say.

        Args:
            path: The file.
            *sinks: More of them, behind those of the file.
            env: What the names of variables of the environment begin with, for example ``"ALOG_"``, that count above
                the file; see `from_env`. Default: the environment is not read.
                The file may say ``reload = "on-change"``: the logger then follows it. A file with an error in it is one
                of `errors`, with line and column, and the logger goes on as before until the file is right.
            fields, pre_hooks, post_hooks, scheduler, source: As for `Logger`, in addition to what the file says.

        Raises:
            ConfigError: Something is wrong; the text begins with file, line and column.
            OpenError: The file or a destination could not be opened.
            ResourceError: As for `Logger`.
        """
        sources = [Source("file", os.fspath(path))]
        return cls._of(sources, env, sinks, fields, pre_hooks, post_hooks, scheduler, source)

    @classmethod
    @checked
    def from_toml(
        cls: type[_Self],
        text: str,
        *sinks: Union[Target, Sink],
        env: Optional[str] = None,
        fields: Optional[Mapping[str, object]] = None,
        pre_hooks: Hooks = (),
        post_hooks: Hooks = (),
        scheduler: Optional[Scheduler] = None,
        source: Optional[bool] = None,
    ) -> _Self:
        """Makes a logger as a text says that is TOML; everything else is as for `from_file`.

        >>> import io
        >>> lines = io.StringIO()
        >>> with Logger.from_toml("level = 'warn'\\npattern = '{level} {message}'", lines) as log:
        ...     log.warn("hello")
        True
        >>> lines.getvalue()
        'WARN hello\\n'
        """
        return cls._of([Source("text", text)], env, sinks, fields, pre_hooks, post_hooks, scheduler, source)

    @classmethod
    @checked
    def from_env(
        cls: type[_Self],
        prefix: str = "ALOG_",
        *sinks: Union[Target, Sink],
        fields: Optional[Mapping[str, object]] = None,
        pre_hooks: Hooks = (),
        post_hooks: Hooks = (),
        scheduler: Optional[Scheduler] = None,
        source: Optional[bool] = None,
    ) -> _Self:
        """Makes a logger as the environment says: ``ALOG_LEVEL=debug``, ``ALOG_SINKS="file:app.log; stderr:"``.

        The variable of each setting is the prefix and its name in capitals. Where the program has more rights than its
        user, the environment is not read. Everything else is as for `from_file`.

        Raises:
            ConfigError: A variable has a wrong value, or nearly the name of a setting.
        """
        return cls._of([], prefix, sinks, fields, pre_hooks, post_hooks, scheduler, source)

    @classmethod
    @checked
    def find(
        cls: type[_Self],
        name: str,
        *,
        child: Optional[str] = None,
        fields: Optional[Mapping[str, object]] = None,
        source: bool = False,
    ) -> Optional[_Self]:
        """Makes a logger that is derived from the one of that name, whoever in the process made it, in any language.

        >>> import io
        >>> lines = io.StringIO()
        >>> with Logger(lines, name="shop", pattern="{logger} {message}") as log:
        ...     found = Logger.find("shop", child="plugin")
        ...     found.info("loaded")
        True
        >>> lines.getvalue()
        'shop.plugin loaded\\n'

        Args:
            name: That of a logger that was made, and not derived, and runs; of several it is the oldest.
            child: Follows that name and a dot.
            fields: As for `child`.
            source: Whether each message carries its place.

        Returns:
            The logger, or None if there is none of that name. `close` gives it back; `stop` stops all that share its
            root.

        Raises:
            ConfigError, ResourceError, StoppedError: As for `child`.
        """
        handle = find_logger(name)
        if handle is None:
            return None
        owner = object.__new__(cls)  # stands for one that others hold: nothing happens when it is collected
        owner._home, owner._root, owner._addresses = _lifetime.home_of(handle), None, ()
        owner._sources, owner._asks_for_source = (), source
        owner._shows_source, owner._shows_thread = source, False
        owner._calls_back = True  # for all that is known of it
        owner._take(handle)
        owner._consider(Plan({}))
        return owner.child(name=child, fields=fields)

    @classmethod
    def _of(
        cls: type[_Self],
        sources: list[Source],
        env: Optional[str],
        sinks: Iterable[Union[Target, Sink]],
        fields: Optional[Mapping[str, object]],
        pre_hooks: Hooks,
        post_hooks: Hooks,
        scheduler: Optional[Scheduler],
        source: Optional[bool],
    ) -> _Self:
        if env is not None:
            sources.append(Source("env", env))
        made = object.__new__(cls)
        made._begin(Plan({}, sinks, fields, pre_hooks, post_hooks, scheduler, sources), source)
        return made

    def _begin(self, plan: Plan, source: Optional[bool]) -> None:
        _attention.attend()  # the package may have been imported by another thread
        self._home, self._root, self._addresses = _callbacks.Home(), None, ()
        self._sources, self._asks_for_source = plan.sources, source
        self._shows_source = self._shows_thread = self._calls_back = False
        handle = open_logger(plan, self._home)
        _lifetime.opened(handle, self._home)
        try:
            self._take(handle)
            self._consider(plan)
        except BaseException:
            _lifetime.free(handle)
            raise
        self._finally(_lifetime.abandon, handle.id)

    def _take(self, handle: AlogLogger) -> None:
        """Becomes the owner of a handle."""
        self._handle = handle
        live = AlogSwitchPointer()
        self._check(library.alog_switch_get(handle, ctypes.byref(live)))
        self._switch = live.contents
        self._levels = memoryview(self._switch).cast("B")[_LEVELS_AT:]

    def _finally(self, call: Callable[..., None], *arguments: object) -> None:
        """Has it called when nobody holds this logger any more, but not at exit."""
        collected = weakref.finalize(self, call, *arguments)
        collected.atexit = False  # type: ignore[misc, unused-ignore] # older stubs do not know it

    def bind(self: _Self, /, **fields: object) -> _Self:
        """Makes a logger whose messages all have these fields; see `child`. Takes about 10 µs.

        >>> import io
        >>> lines = io.StringIO()
        >>> with Logger(lines, pattern="{message} {fields}") as log:
        ...     log.bind(request=7).info("done")
        True
        >>> lines.getvalue()
        'done request=7\\n'
        """
        made = self._derived(derive_with_fields(self._handle, fields), ())
        made._quicken()
        return made

    @checked
    def child(
        self: _Self,
        *,
        name: Optional[str] = None,
        fields: Optional[Mapping[str, object]] = None,
        sinks: Iterable[Union[Target, Sink]] = (),
        pre_hooks: Hooks = (),
        post_hooks: Hooks = (),
        replace: Union[str, Iterable[str]] = (),
    ) -> _Self:
        """Makes a logger that is derived from this one.

        It has what is given here in addition to what this one has, and shares everything else: queues, threads, levels,
        errors and figures. Its fields cost nothing per message.

        Args:
            name: Follows the name of this one and a dot.
            fields, sinks, pre_hooks, post_hooks: As for `Logger`.
            replace: What of this one it does not take over: ``"fields"``, ``"pre_hooks"``, ``"post_hooks"``,
                ``"sinks"``.

        Raises:
            ConfigError, OpenError, ResourceError: As for `Logger`.
            StoppedError, ClosedError: This logger was stopped, closed.

        `close`, the end of a ``with``, and that nobody holds it any more give only its handle back; `stop` and `flush`
        are those of all. It keeps its root open, unless that is stopped by hand: then it takes no more messages.
        """
        plan = Plan({"name": name, "replace": replace or None}, sinks, fields, pre_hooks, post_hooks)
        handle, addresses = derive(self._handle, plan, self._home)
        made = self._derived(handle, addresses)
        made._consider(plan)
        return made

    def _derived(self: _Self, handle: AlogLogger, addresses: Collection[int]) -> _Self:
        made = object.__new__(type(self))
        for name in _SHARED:
            setattr(made, name, getattr(self, name))
        if type(self) is not Logger:  # it would get a dict of its own by that, see `Calls`
            made.__dict__.update(self.__dict__)
        made._root, made._addresses = self._root or self, addresses
        _lifetime.derived(handle, addresses)
        made._finally(_lifetime.abandon_derived, handle.id, addresses)  # first, for what follows may raise
        made._take(handle)
        return made

    def __repr__(self) -> str:
        try:
            names = ", ".join(stats.name for stats in self.sink_stats())
        except ClosedError:
            names = "closed"
        except Error as error:
            names = str(error)
        return f"<alog.Logger {names}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an alog.Logger belongs to its process: make one in each, or fork")


_fast.install(Logger, Level)
