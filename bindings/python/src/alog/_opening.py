"""Makes loggers out of settings, sinks, fields and hooks: the part of the C ABI that is called once per logger."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Optional, Union

from . import _callbacks, _native
from ._arguments import refusal
from ._callbacks import Home
from ._fields import encode, printable
from ._native import AlogError, AlogLogger, library
from ._text import octets, setting
from .errors import error_of
from .levels import level_name
from .record import Hook, Scheduler
from .sinks import Sink, Target, name_of
from .status import Status

Hooks = Union[Mapping[str, Hook], Iterable[Hook]]
"""Hooks in their order, each with a name for errors; without one, what the function calls itself."""


_RELOAD = _callbacks.careful(library.alog_reload)  # it may write on this thread


class Source:
    """A configuration that the library reads by itself.

    Args:
        kind: ``"file"``, ``"text"`` or ``"env"``.
        what: The path, the text, or what the names of variables begin with.
    """

    def __init__(self, kind: str, what: str) -> None:
        self.kind, self.what = kind, what

    def load(self, config: ctypes.c_void_p, failure: AlogError) -> None:
        """Has the library take it over.

        Raises:
            ConfigError, OpenError: Nothing was taken.
        """
        out_error = ctypes.byref(failure)
        if self.kind == "text":
            text = octets(self.what)
            _check(library.alog_config_load(config, text, len(text), out_error), failure)
        elif self.kind == "file":
            _check(library.alog_config_load_file(config, setting(self.what), out_error), failure)
        else:
            _check(library.alog_config_load_env(config, setting(self.what), out_error), failure)

    def words(self) -> str:
        """Returns what it says, to look for words in; what cannot be read is the library's to refuse."""
        if self.kind == "env":
            return " ".join(f"{name}={it}" for name, it in os.environ.items() if name.startswith(self.what))
        if self.kind == "text":
            return self.what
        try:
            with open(self.what, encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""


class Plan:
    """What a logger is to be made of."""

    def __init__(
        self,
        settings: Mapping[str, object],
        sinks: Iterable[Union[Target, Sink]] = (),
        fields: Optional[Mapping[str, object]] = None,
        pre_hooks: Hooks = (),
        post_hooks: Hooks = (),
        scheduler: Optional[Scheduler] = None,
        sources: Sequence[Source] = (),
    ) -> None:
        self.sources = sources
        self.settings = {key: _text_of(key, value) for key, value in settings.items() if value is not None}
        self.sinks = [sink if isinstance(sink, Sink) else Sink(sink) for sink in sinks]
        self.fields = encode({printable(key): value for key, value in fields.items()}) if fields else b""
        self.pre_hooks, self.post_hooks = _named(pre_hooks), _named(post_hooks)
        self.scheduler = scheduler

    def shows(self, *elements: str) -> bool:
        """Whether one of these words is in a format of it; too often rather than not."""
        formats = [self.settings.get("format", ""), self.settings.get("pattern", ""), *(it.spec for it in self.sinks)]
        return any(element in text.lower() for text in formats for element in elements) or self.mentions(*elements)

    def mentions(self, *words: str) -> bool:
        """Whether one of these words is in what the library reads by itself."""
        return any(word in source.words().lower().replace("-", "_") for source in self.sources for word in words)

    @property
    def changes_by_itself(self) -> bool:
        """Whether the library may go on with formats that nobody here hears of."""
        return self.settings.get("reload") is not None or self.mentions("on_change")

    @property
    def names_threads(self) -> bool:
        """Whether json and logfmt show the name of the thread."""
        return bool(self.settings.get("thread_key")) or self.mentions("thread_key")

    @property
    def calls_back(self) -> bool:
        """Whether the library calls Python on a thread that logs: then `careful` is to be around each call."""
        by_caller = self.settings.get("workers") == "0" or self.settings.get("writer") == "caller"
        # Also without a sink in Python: there may be one after a reload, and derived loggers then know nothing of it.
        return bool(self.pre_hooks or self.scheduler or by_caller or self.mentions("workers", "writer"))


def _text_of(key: str, value: Any) -> str:
    """Returns the value of a setting as the library's configuration takes it."""
    if isinstance(value, str):
        return value
    if key == "level":
        return level_name(value)
    if key not in ("redact", "replace"):
        return str(value)
    words: list[Any] = list(value)
    for word in words:
        if not isinstance(word, str):
            raise refusal(f"each of {key}", "a str", word)
    return ("," if key == "redact" else "|").join(words)


def _named(hooks: Hooks) -> list[tuple[str, Hook]]:
    either: Any = hooks  # callers without types are told what is wrong
    named: list[tuple[Any, Any]]
    named = list(either.items()) if isinstance(hooks, Mapping) else [(name_of(hook), hook) for hook in either]
    for name, hook in named:
        if not callable(hook):
            raise TypeError(f"a hook is a callable, not {type(hook).__name__}")
        if not isinstance(name, str):
            raise TypeError(f"the name of a hook is a str, not {type(name).__name__}")
    return named


def open_logger(plan: Plan, home: Home) -> AlogLogger:
    """Makes a logger that runs.

    Raises:
        ConfigError, OpenError, ResourceError: Nothing was made, and nothing is left registered.
    """
    handle = AlogLogger()
    try:
        with _configured(plan, home) as (config, failure, _):
            _check(library.alog_new(config, ctypes.byref(handle), ctypes.byref(failure)), failure)
    except BaseException:
        _give_up(handle)
        raise
    return handle


def find_logger(name: str) -> Optional[AlogLogger]:
    """Finds the oldest logger of that name which runs; None if there is none."""
    handle = AlogLogger()
    status = library.alog_find(setting(name), ctypes.byref(handle))
    if status == Status.EMPTY:
        return None
    _check(status, AlogError())
    return handle


def derive(parent: AlogLogger, plan: Plan, home: Home) -> tuple[AlogLogger, list[int]]:
    """Makes a logger that is derived from another.

    Returns:
        Its handle, and the addresses of what it calls in Python.

    Raises:
        ConfigError, OpenError, ResourceError, StoppedError, ClosedError: As for `open_logger`.
    """
    handle = AlogLogger()
    try:
        with _configured(plan, home) as (config, failure, registered):
            _check(library.alog_child_new(parent, config, ctypes.byref(handle), ctypes.byref(failure)), failure)
    except BaseException:
        _give_up(handle)
        raise
    return handle, registered


def _give_up(handle: AlogLogger) -> None:
    """Gives back what was made before a signal handler raised, on the way back from the library."""
    if handle.id:
        library.alog_free(handle)
        _callbacks.sweep()


def derive_with_fields(parent: AlogLogger, fields: Mapping[str, object]) -> AlogLogger:
    """Does what `derive` does for fields alone, in a third of the time: a program may do it for each of its tasks."""
    handle, failure, config = AlogLogger(), AlogError(), ctypes.c_void_p()
    octets, out_error = encode(fields), ctypes.byref(failure)
    _check(library.alog_config_new(ctypes.byref(config)), failure)
    try:
        _check(library.alog_config_add_encoded_fields(config, octets, len(octets), out_error), failure)
        _check(library.alog_child_new(parent, config, ctypes.byref(handle), out_error), failure)
    finally:
        library.alog_config_free(config)
    return handle


def reconfigure(handle: AlogLogger, settings: Mapping[str, object]) -> None:
    """Changes settings of a logger that runs, all or none.

    Raises:
        ConfigError, ClosedError: Nothing was changed.
    """
    with _configured(Plan(settings), Home()) as (config, failure, _):
        _check(library.alog_reconfigure(handle, config, ctypes.byref(failure)), failure)


def reread(handle: AlogLogger) -> None:
    """Lets a logger go on with what the files say now that it was made from.

    Raises:
        ConfigError, OpenError, ResourceError, WouldDeadlockError, StoppedError, ClosedError: Nothing was changed.
    """
    failure = AlogError()
    _check(_RELOAD(handle, None, ctypes.byref(failure)), failure)


def reload(handle: AlogLogger, plan: Plan, home: Home) -> None:
    """Lets a logger that runs go on as if it had been made of this.

    Raises:
        ConfigError, OpenError, ResourceError, WouldDeadlockError, StoppedError, ClosedError: Nothing was changed.
    """
    with _configured(plan, home) as (config, failure, _):
        _check(_RELOAD(handle, config, ctypes.byref(failure)), failure)
    # What it was made of, or is now and was not taken: forgotten when the library gives it back, and no sooner.
    _callbacks.release(list(home.callbacks), at_once=False)


@contextmanager
def _configured(plan: Plan, home: Home) -> Generator[tuple[ctypes.c_void_p, AlogError, list[int]], None, None]:
    """Gives a configuration for as long as the body takes, and the addresses of what it calls in Python.

    If the body raises, nothing is left registered but what the library has taken all the same: until it gives that back.
    """
    config, failure = ctypes.c_void_p(), AlogError()
    _check(library.alog_config_new(ctypes.byref(config)), failure)
    registered: list[int] = []
    try:
        try:
            for source in plan.sources:
                source.load(config, failure)
            for key, value in plan.settings.items():
                status = library.alog_config_set(config, setting(key), setting(value), ctypes.byref(failure))
                _check(status, failure)
            if plan.fields:
                fields, length = plan.fields, len(plan.fields)
                _check(library.alog_config_add_encoded_fields(config, fields, length, ctypes.byref(failure)), failure)
            _add_functions(config, plan, home, failure, registered)
            yield config, failure, registered
        finally:
            library.alog_config_free(config)  # first of all: it gives back what is no logger's
    except BaseException:
        _callbacks.release(registered, at_once=False)
        raise


def _add_functions(config: ctypes.c_void_p, plan: Plan, home: Home, failure: AlogError, registered: list[int]) -> None:
    back, out_error = _callbacks.GIVEN_BACK, ctypes.byref(failure)

    def taken(status: int) -> None:
        if status:
            _callbacks.never_taken([registered.pop()])
        _check(status, failure)

    for sink in plan.sinks:
        spec = setting(sink.spec)
        if sink.deliver is None:
            _check(library.alog_config_add_sink(config, spec, out_error), failure)
        else:
            registered.append(_callbacks.register(sink.deliver, home, sink.origin))
            on_lines = _callbacks.ON_LINES
            taken(library.alog_config_add_callback(config, spec, on_lines, registered[-1], back, out_error))
    for phase, hooks in ((_native.HOOK_PRE, plan.pre_hooks), (_native.HOOK_POST, plan.post_hooks)):
        for name, hook in hooks:
            text = setting(name)
            registered.append(_callbacks.register(hook, home, f"hook:{name}"))
            on_record = _callbacks.ON_RECORD
            taken(library.alog_config_add_hook(config, phase, text, on_record, registered[-1], back, out_error))
    if plan.scheduler is not None:
        registered.append(_callbacks.register(plan.scheduler, home, "scheduler"))
        on_choice = _callbacks.ON_CHOICE
        taken(library.alog_config_set_scheduler(config, on_choice, registered[-1], back, out_error))


def _check(status: int, failure: AlogError) -> None:
    if status:
        raise error_of(status, failure)
