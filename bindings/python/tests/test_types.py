"""The package as a program with strict types uses it: mypy and pyright read this file, and it runs."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import pytest

import alog
from conftest import BINDING, run

if TYPE_CHECKING:
    from typing_extensions import assert_type
else:

    def assert_type(value: object, _: object) -> object:
        return value


class ShopLogger(alog.Logger):
    """A program derives its own kind."""

    def sold(self, item: str) -> bool:
        return self.info("sold {item}", item=item)


def hide(record: alog.Record) -> None:
    if record.level >= alog.Level.WARN and "password" in record:
        record["password"] = "***"


def pick(record: alog.Record, workers: int) -> int:
    return len(record.message) % workers


async def use_of_asyncio(log: alog.Logger) -> list[alog.LogError]:
    await log.flush_async(timeout=5)
    await log.stop_async()
    return [error async for error in log.errors()]


def test_what_is_public_has_types(tmp_path: Path) -> None:
    memory = io.StringIO()
    sinks: list[alog.Target] = [tmp_path / "app.log", "file:" + str(tmp_path / "b.log"), memory, lambda lines: None]
    log = ShopLogger(
        *sinks,
        alog.Sink(memory.write, name="screen", level="warn", text=True),
        level=alog.Level.DEBUG,
        queue_bytes="64KiB",
        format="json",
        redact=["password"],
        fields={"app": "shop"},
        pre_hooks=[hide],
        post_hooks={"hide": hide},
        workers=2,
        scheduler=pick,
    )
    with log as same:
        assert_type(same, ShopLogger)
        assert_type(log.info("m", a=1, b="x", exc_info=None, timeout=0.5), bool)
        assert_type(log.write("info", b"bytes"), alog.Status)
        assert_type(log.write_sync(alog.Level.INFO, "m", timeout=5), bool)
        assert_type(log.bind(request=7), ShopLogger)
        assert_type(log.child(name="db", replace="fields"), ShopLogger)
        assert_type(log.bind(request=7).sold("tea"), bool)
        assert_type(log.is_enabled(2), bool)
        assert_type(log.levels, str)
        log.levels = "debug|error+"
        log.reconfigure(level="info", overflow="drop-newest")
        handler = alog.Handler(log, logging.INFO)
        handler.emit(logging.makeLogRecord({"msg": "m", "levelno": 20}))
        with alog.log_uncaught(log) as uncaught:
            assert_type(uncaught, alog.Uncaught)
    assert_type(log.stats(), alog.Stats)
    assert_type(log.stats().written, int)
    assert_type([sink.name for sink in log.sink_stats()], list[str])
    assert_type(log.poll_error(), Optional[alog.LogError])
    errors: Iterator[alog.LogError] = log.errors()
    assert list(errors) == []
    assert asyncio.run(use_of_asyncio(log)) == []
    log.close()
    pulling = alog.Logger("pull:out")
    batches: Iterator[bytes] = pulling.pull("out", timeout=0)
    later: AsyncIterator[bytes] = pulling.pull_async("out")
    assert list(batches) == [] and later is not None
    pulling.close()
    urls: list[str] = ["file:" + str(tmp_path / "c.log"), "memory:one"]
    paths: tuple[Path, ...] = (tmp_path / "d.log", tmp_path / "e.log")
    both: list[alog.Sink] = [alog.Sink(memory, level="warn")]
    handlers = [alog.Handler(urls), alog.Handler(paths), alog.Handler(both), alog.Handler((memory, "memory:two"))]
    for handler in handlers:
        handler.close()
    standard = alog.StandardLogger("shop")
    standard.info("%d", 1)
    try:
        alog.Logger("nonsense:")
    except alog.ConfigError as error:
        assert_type(error.status, alog.Status)
    assert_type(alog.native, bool)


@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_it_finds_nothing(tool: str) -> None:
    pytest.importorskip(tool)
    run(sys.executable, "-m", tool, cwd=BINDING)
