"""Lines that the program takes itself: each once, in order, and counted when it is taken."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

import alog
from alog import Logger
from conftest import HANG


def write_all(log: Logger, writers: int, count: int) -> None:
    def write(writer: int) -> None:
        for number in range(count):
            assert log.info(f"{writer} {number}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def check(lines: list[bytes], writers: int, count: int) -> None:
    found: dict[bytes, list[int]] = {}
    for line in lines:
        writer, number = line.split()
        found.setdefault(writer, []).append(int(number))
    assert len(found) == writers
    assert all(numbers == list(range(count)) for numbers in found.values())


def test_everything_is_pulled_once_and_in_order() -> None:
    batches: list[bytes] = []
    log = Logger("pull:out?queue_bytes=64KiB", format="raw", queue_bytes="4KiB")
    pulling = threading.Thread(target=lambda: batches.extend(log.pull("out")))
    pulling.start()
    write_all(log, 4, 5000)
    log.stop(HANG)
    pulling.join(HANG)
    assert all(batch.endswith(b"\n") for batch in batches)
    check(b"".join(batches).splitlines(), 4, 5000)
    stats = log.stats()
    assert (stats.written, stats.failed, stats.pending) == (20000, 0, 0)
    log.close()


def test_an_event_loop_pulls_without_a_thread() -> None:
    log = Logger("pull:out?queue_bytes=64KiB", format="raw", queue_bytes="4KiB")

    def work() -> None:
        write_all(log, 2, 2000)
        log.stop(HANG)

    async def pull() -> bytes:
        return b"".join([batch async for batch in log.pull_async("out")])

    working = threading.Thread(target=work)
    working.start()
    check(asyncio.run(pull()).splitlines(), 2, 2000)
    working.join(HANG)
    log.close()


def test_one_thread_stops_and_pulls_on() -> None:
    log = Logger("pull:out", format="raw")
    assert log.info("one") and log.info("x" * 100_000)
    with pytest.raises(alog.TimeoutError):
        log.stop(0)
    assert b"".join(log.pull("out")) == b"one\n" + b"x" * 100_000 + b"\n"
    log.close()


def test_the_iteration_ends_when_nothing_came_in_time() -> None:
    log = Logger("pull:out", format="raw")
    assert list(log.pull("out", timeout=0)) == []
    assert list(log.pull("out", timeout=0.06)) == []
    assert log.info("x")
    assert next(log.pull("out", timeout=HANG)) == b"x\n"
    log.close()


async def batch_of(log: Logger, name: str) -> bytes:
    return await log.pull_async(name).__anext__()


def test_what_is_wrong_raises() -> None:
    log = Logger("pull:out", "memory:last")
    said = '^no sink "pull:in"; there are "pull:out", "memory:last"$'
    with pytest.raises(alog.ConfigError, match=said):
        next(log.pull("in"))
    with pytest.raises(alog.ConfigError, match=said):
        log.pull_fd("in")
    with pytest.raises(alog.ConfigError, match=said):
        asyncio.run(batch_of(log, "in"))
    with pytest.raises(ValueError, match="timeout"):
        log.pull("out", timeout=-1)
    log.close()
    with pytest.raises(alog.ClosedError):
        next(log.pull("out"))


def test_to_close_the_logger_ends_what_pulls() -> None:
    log = Logger("pull:out", format="raw")
    assert log.info("x")
    lines = log.pull("out")
    assert next(lines) == b"x\n"
    log.close()
    assert list(lines) == []


def test_to_close_the_logger_ends_what_pulls_in_an_event_loop() -> None:
    async def main() -> None:
        log = Logger("pull:out", format="raw")
        assert log.info("x")
        lines = log.pull_async("out")
        assert await lines.__anext__() == b"x\n"
        log.close()
        assert [batch async for batch in lines] == []

    asyncio.run(main())


def test_a_child_has_its_own_lines_only(tmp_path: Path) -> None:
    log = Logger("pull:out", format="raw")
    assert log.info("parent")
    child = os.fork()
    if child == 0:
        log.info("child")
        (tmp_path / "child").write_bytes(next(log.pull("out")))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert (tmp_path / "child").read_bytes() == b"child\n"
    assert next(log.pull("out")) == b"parent\n"
    log.close()
