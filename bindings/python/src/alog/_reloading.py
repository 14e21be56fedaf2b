"""The methods that let a logger go on otherwise: with another configuration, with files opened anew."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Optional, Union

from . import _callbacks, _fast
from ._arguments import checked, checker
from ._callbacks import Home
from ._calls import LOG, LOG_SYNC, WRITE, Calls
from ._native import library
from ._opening import Hooks, Plan, Source, reload, reread
from ._questions import Questions
from .record import Scheduler
from .sinks import Sink, Target


class Reloading(Calls, Questions):
    """What a `Logger` is made of, and that this can change."""

    __slots__ = ("_asks_for_source", "_calls_back", "_home", "_sources")

    _asks_for_source: Optional[bool]
    _calls_back: bool
    _home: Home
    _sources: Sequence[Source]  # what the library reads by itself, and reads again

    @checked
    def reload(
        self,
        *sinks: Union[Target, Sink],
        file: Union[str, os.PathLike[str], None] = None,
        toml: Optional[str] = None,
        env: Optional[str] = None,
        fields: Optional[Mapping[str, object]] = None,
        pre_hooks: Hooks = (),
        post_hooks: Hooks = (),
        scheduler: Union[str, Scheduler, None] = None,
        **settings: object,
    ) -> None:
        """Goes on with another configuration, as if the logger had been made with it: as a whole or not at all.

        What can differ is ``level``, ``overflow``, ``max_message_bytes``, the sinks, and how their lines look. What is
        not given has its default; `reconfigure` changes single settings. A sink given as a URL or a path that is
        the same stays open and keeps its figures; one that is gone writes what it was given. What is logged when the
        call has returned goes to the new sinks. Derived loggers follow, and keep the sinks of their own.

        >>> import io
        >>> from alog import Logger
        >>> one, two = io.StringIO(), io.StringIO()
        >>> with Logger(one, format="raw") as log:
        ...     log.info("a")
        ...     log.reload(two, format="raw", level="debug")
        ...     log.debug("b")
        True
        True
        >>> one.getvalue(), two.getvalue()
        ('a\\n', 'b\\n')

        Without any argument the file is read again that the logger was made from or reloaded from last; what was given
        beside it still counts. A file that says ``reload = "on-change"`` is read again by itself. An operator's
        ``kill -HUP`` does it by ``signal.signal(signal.SIGHUP, lambda *_: log.reload())``.

        Args:
            *sinks: Where lines go, as for `Logger`.
            file: A TOML file that says what follows, as for `from_file`.
            toml: The same as a text.
            env: What the names of variables of the environment begin with; they count above file and text.
            fields, scheduler: As for `Logger`: the same as before.
            pre_hooks, post_hooks: The same as before, or none: the logger keeps those that it was made with.
            **settings: Those of `Logger`; they count above everything else.

        Raises:
            ConfigError: Something is wrong, or cannot be changed while the logger runs; the text says what. Without an
                argument also: the logger was not made from a file.
            OpenError: The file or a destination could not be opened.
            ResourceError: As for `Logger`.
            WouldDeadlockError: Called by a destination or a hook on a writer thread.
            StoppedError, ClosedError: The logger is stopped, closed.

        After an exception the logger goes on as it was. Whether messages carry their place in the program is
        found out again for this logger; those derived from it before keep to what was found out then.
        """
        given = (file, toml, env, fields, scheduler)
        if all(it is None for it in given) and not (sinks or pre_hooks or post_hooks or settings):
            reread(self._handle)
            self._consider(Plan({}, sources=self._sources))
            return
        sources = [Source("file", os.fspath(file))] if file is not None else []
        sources += [Source("text", toml)] if toml is not None else []
        sources += [Source("env", env)] if env is not None else []
        from .logger import Logger  # here: it is made of this

        checker(Logger.__init__)((key, value) for key, value in settings.items() if value is not None)
        own = None if isinstance(scheduler, str) else scheduler
        named = scheduler if isinstance(scheduler, str) else None
        plan = Plan({**settings, "scheduler": named}, sinks, fields, pre_hooks, post_hooks, own, sources)
        reload(self._handle, plan, self._home)
        self._sources = plan.sources
        self._consider(plan)

    def reopen(self) -> None:
        """Lets every file be opened anew by its name, as after a rotation by another program.

        It is done in the background, after what was logged before and before what is logged later; `flush` waits for
        it. A file that cannot be opened is an error to poll, and the old one goes on.

        Raises:
            StoppedError, ClosedError: The logger is stopped, closed.
            ResourceError: 1024 of these calls wait already, for a writer that does not get on.
        """
        self._check(library.alog_reopen(self._handle))

    def rotate(self) -> None:
        """Lets every file be rotated now, as its parameters say; everything else is as for `reopen`."""
        self._check(library.alog_rotate(self._handle))

    def _consider(self, plan: Plan) -> None:
        """Finds out what each call has to do for what the logger is made of."""
        places = ("json", "logfmt", "{source", "{file", "{path", "{line", "{function")
        by_itself = plan.changes_by_itself
        wants = by_itself or plan.shows(*places) if self._asks_for_source is None else self._asks_for_source
        self._shows_source = self._shows_source or wants
        self._shows_thread = self._shows_thread or by_itself or plan.names_threads or plan.shows("{thread")
        self._calls_back = self._calls_back or plan.calls_back
        calls = (WRITE, LOG, LOG_SYNC)
        self._write, self._log, self._log_sync = map(_callbacks.careful, calls) if self._calls_back else calls
        self._quicken()

    def _quicken(self) -> None:
        _fast.attach(self, self._handle.id, self._calls_back, self._shows_source, self._shows_thread)
