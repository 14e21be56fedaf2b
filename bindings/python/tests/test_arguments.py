"""Arguments of a wrong type: the error names the argument, what it takes, and what was given."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

import alog
from alog import Logger, Sink

api: Any = alog  # without types
Call = Callable[[Any], object]
"""A call with one wrong argument; gets a logger."""


async def first(lines: AsyncIterator[bytes]) -> bytes:
    return await lines.__anext__()


@pytest.fixture
def log() -> Iterator[Any]:
    with Logger("memory:last", "pull:out") as log:
        yield log


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda log: api.Logger(name=5), "name is a str or None, not int"),
        (lambda log: api.Logger(format=b"json"), "format is a str, not bytes"),
        (lambda log: api.Logger(queue_bytes=1.5), "queue_bytes is an int or a str, not float"),
        (lambda log: api.Logger(crash_dir=5), "crash_dir is a str or a path, not int"),
        (lambda log: api.Logger(fields=5), "fields is a mapping such as a dict or None, not int"),
        (lambda log: api.Logger(scheduler=5), "scheduler is a name or a callable, not int"),
        (lambda log: api.Logger(redact=5), "redact is a str or a list of them or None, not int"),
        (lambda log: api.Logger(redact=["a", 5]), "each of redact is a str, not int"),
        (
            lambda log: api.Logger(post_hooks=print),
            "post_hooks is a list of callables, or a dict of them with names, not builtin_function_or_method",
        ),
        (
            lambda log: api.Logger.from_env(pre_hooks="abc"),
            "pre_hooks is a list of callables, or a dict of them with names, not str",
        ),
        (lambda log: api.Logger(level=None), "a level is an alog.Level, an int or a str, not NoneType"),
        (lambda log: api.Logger(5), "a sink is a URL, a path, a file-like object or a callable, not int"),
        (lambda log: api.Logger.from_file(5), "path is a str or a path, not int"),
        (lambda log: api.Logger.from_file("x", scheduler="x"), "scheduler is a callable or None, not str"),
        (lambda log: api.Logger.from_toml(b""), "text is a str, not bytes"),
        (lambda log: api.Logger.from_toml("", env=5), "env is a str or None, not int"),
        (lambda log: api.Logger.from_env(5), "prefix is a str, not int"),
        (lambda log: api.Logger.find(5), "name is a str, not int"),
        (lambda log: api.Logger.find("x", child=5), "child is a str or None, not int"),
        (lambda log: log.child(sinks="stderr:"), "sinks is a list of sinks, not str"),
        (lambda log: log.child(replace=5), "replace is a str or a list of them, not int"),
        (lambda log: log.child(replace=[5]), "each of replace is a str, not int"),
        (lambda log: log.reload(file=5), "file is a str or a path or None, not int"),
        (lambda log: log.reload(name=5), "name is a str or None, not int"),
        (lambda log: log.reload(queue_bytes=[]), "queue_bytes is an int or a str, not list"),
        (lambda log: log.reconfigure(overflow=5), "overflow is a str or None, not int"),
        (lambda log: log.reconfigure(max_message_bytes=()), "max_message_bytes is an int or a str or None, not tuple"),
        (lambda log: log.memory(5), "name is a str, not int"),
        (lambda log: log.clear_memory(None), "name is a str, not NoneType"),
        (lambda log: log.pull(5), "name is a str, not int"),
        (lambda log: asyncio.run(first(log.pull_async(5))), "name is a str, not int"),
        (lambda log: log.pull_fd(5), "name is a str, not int"),
        (lambda log: log.pull("out", "1"), "timeout is None or a number of seconds, not str"),
        (lambda log: log.info("x", timeout="1"), "timeout is None or a number of seconds, not str"),
        (lambda log: log.write_sync("info", "x", []), "timeout is None or a number of seconds, not list"),
        (lambda log: log.flush("1"), "timeout is None or a number of seconds, not str"),
        (lambda log: log.stop("1"), "timeout is None or a number of seconds, not str"),
        (lambda log: log.close(timeout="1"), "timeout is None or a number of seconds, not str"),
        (lambda log: asyncio.run(log.flush_async("1")), "timeout is None or a number of seconds, not str"),
        (lambda log: asyncio.run(log.stop_async("1")), "timeout is None or a number of seconds, not str"),
        (lambda log: log.drain("1"), "max_records is an int, not str"),
        (lambda log: api.Sink("console:", format=5), "format is a str or None, not int"),
        (lambda log: api.Sink(print, name=5), "name is a str or None, not int"),
        (lambda log: api.Handler("console:", name=5), "name is a str or None, not int"),
        (lambda log: api.set_thread_name(5), "name is a str, not int"),
        (lambda log: api.log_uncaught(5), "log is an alog.Logger, not int"),
    ],
)
def test_an_argument_of_a_wrong_type_is_told_what_it_takes(log: Logger, call: Call, said: str) -> None:
    with pytest.raises(TypeError) as raised:
        call(log)
    assert str(raised.value) == said


def test_what_passes_for_a_type_is_taken(tmp_path: Path) -> None:
    class Number:
        def __index__(self) -> int:
            return 4096

        def __str__(self) -> str:
            return "4096"

    number: Any = Number()
    redact = (key for key in ("token",))
    with Logger(tmp_path / "log", queue_bytes=number, redact=redact, pre_hooks={}) as log:
        assert log.info("x", token=1)
        log.flush(timeout=True)


def test_every_argument_of_a_logger_is_judged() -> None:
    """By its type, or by what it is used for; what is neither true nor false is nothing that could be wrong."""
    for name in inspect.signature(Logger).parameters:
        wrong: Any = {name: object()}
        if name not in ("sinks", "source"):
            with pytest.raises(TypeError, match=rf"^{name} is |^a {name} is "):
                Logger(**wrong)


def test_a_function_that_is_checked_shows_its_own_signature() -> None:
    assert list(inspect.signature(Sink).parameters)[:3] == ["target", "name", "level"]
    assert list(inspect.signature(Logger.memory).parameters) == ["self", "name"]
