"""asyncio: what is awaited blocks no loop, can be cancelled, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import errno
import os
import select
import threading
import types
from collections.abc import Coroutine, Generator
from pathlib import Path
from typing import Any, TypeVar

import pytest

import alog
from alog import Logger, _awaiting
from alog._native import library
from conftest import HANG, Gate, Script

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(main, HANG))


def waiters() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "alog-wait"]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@types.coroutine
def turn() -> Generator[None, None, None]:
    """Lets the loop do what it has to."""
    yield


async def until(condition: Any) -> None:
    while not condition():
        await turn()


def test_errors_are_waited_for_and_end_with_the_logger() -> None:
    async def main() -> list[int]:
        seen: list[int] = []
        noticed = asyncio.Event()

        async def watch() -> None:
            async for error in log.errors():
                seen.append(error.os_error)
                noticed.set()

        watching = asyncio.create_task(watch())
        await turn()
        assert log.info("x")
        await noticed.wait()
        assert log.info("y")
        await log.stop_async()
        await watching
        assert list(log.errors()) == []
        return seen

    with Logger("file:/dev/full?hold=0s") as log:
        assert set(run(main())) == {errno.ENOSPC}


def test_errors_that_were_there_before_come_first_also_after_stop_and_close(tmp_path: Path) -> None:
    async def take() -> list[alog.LogError]:
        return [error async for error in log.errors()]

    log = Logger("file:/dev/full?hold=0s")
    log.info("x")
    log.stop()
    assert [error.os_error for error in run(take())] == [errno.ENOSPC]
    log.close()
    assert run(take()) == []


def test_a_stop_on_another_thread_ends_the_iteration_and_so_does_one_of_a_derived_logger(tmp_path: Path) -> None:
    async def main(stop: Any) -> None:
        async def watch() -> int:
            return len([error async for error in log.errors()])

        watching = [asyncio.create_task(watch()) for _ in range(3)]
        await turn()
        thread = threading.Thread(target=stop)
        thread.start()
        assert await asyncio.gather(*watching) == [0, 0, 0]
        thread.join()

    for end in ("stop", "close"):
        log = Logger(tmp_path / "app.log")
        run(main(getattr(log, end)))
        log.close()
    with Logger(tmp_path / "app.log", name="found") as log:
        found = Logger.find("found")
        assert found is not None
        run(main(found.bind(a=1).stop))


@pytest.mark.parametrize("end", [library.alog_stop, lambda handle, _: library.alog_free(handle)])
def test_a_stop_that_the_package_knows_nothing_of_ends_the_iteration_after_the_last_error(end: Any) -> None:
    async def main() -> list[int]:
        async def watch(log: Logger) -> int:
            return sum([error.count async for error in log.errors()])

        watching = [asyncio.create_task(watch(log)) for log in loggers]
        await turn()
        assert owner.info("x")
        owner.flush()
        thread = threading.Thread(target=end, args=(owner._handle, -1))
        thread.start()
        seen = await asyncio.gather(*watching)
        thread.join()
        return seen

    owner = Logger("file:/dev/full?hold=0s", name="found")
    found = Logger.find("found")
    assert found is not None
    loggers = owner, found
    before = descriptors()
    seen = sum(run(main()))
    if end is library.alog_stop:
        assert seen == owner.stats().errors_raised > 0
        assert before <= descriptors() <= before + 2  # the library's own
    found.close()
    owner.close()


def test_the_end_has_a_descriptor(gate: Gate) -> None:
    def has_ended() -> bool:
        return bool(select.select([log.end_fd()], [], [], 0)[0])

    log = Logger(gate)
    log.info("x")
    with pytest.raises(alog.TimeoutError):
        log.stop(0.01)
    assert not has_ended()
    gate.open.set()
    log.stop()
    assert has_ended() and has_ended()
    log.close()
    with pytest.raises(alog.ClosedError):
        log.end_fd()


def test_an_iteration_that_is_cancelled_leaves_nothing_behind(tmp_path: Path) -> None:
    async def main() -> None:
        async def watch() -> None:
            async for _ in log.errors():
                raise AssertionError("there is none")

        log.error_fd()
        log.end_fd()
        before = descriptors()
        watching = asyncio.create_task(watch())
        await until(lambda: descriptors() > before)
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching
        assert descriptors() == before

    with Logger(tmp_path / "app.log") as log:
        run(main())


def test_flush_waits_without_blocking_the_loop(gate: Gate) -> None:
    async def main() -> None:
        log.info("x")
        flushing = asyncio.create_task(log.flush_async())
        await until(waiters)
        assert not flushing.done()
        gate.open.set()
        await flushing
        assert gate.lines() == [b"x"]
        await log.flush_async()  # nothing is left
        await log.flush_async(timeout=0)

    with Logger(gate, format="raw") as log:
        run(main())


def test_a_deadline_passes_and_the_call_can_be_repeated(gate: Gate) -> None:
    async def main() -> None:
        log.info("x")
        for wait in (log.flush_async, log.stop_async):
            for timeout in (0, 0.07):
                with pytest.raises(alog.TimeoutError, match="1 records are not written yet"):
                    await wait(timeout=timeout)
        with pytest.raises(ValueError):
            await log.flush_async(-1)
        gate.open.set()
        await log.stop_async(HANG)

    with Logger(gate) as log:
        run(main())
    assert len(gate.lines()) == 1


@pytest.mark.parametrize("name", ["flush_async", "stop_async"])
def test_a_wait_that_is_cancelled_leaves_no_thread(gate: Gate, name: str) -> None:
    async def main() -> None:
        log.info("x")
        assert await asyncio.get_running_loop().run_in_executor(None, gate.entered.wait, HANG)
        waiting = asyncio.create_task(getattr(log, name)())
        await until(waiters if name == "flush_async" else lambda: log._home.stopped)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await until(lambda: not waiters())  # though the destination still hangs
        assert not gate.open.is_set()
        gate.open.set()

    with Logger(gate) as log:
        run(main())
    assert len(gate.lines()) == 1


def test_flush_ends_although_others_never_stop_logging() -> None:
    async def main() -> None:
        for _ in range(20):
            await log.flush_async()

    done = threading.Event()

    def talk() -> None:
        while not done.is_set():
            log.info("x")

    with Logger(lambda lines: None, queue_bytes="64KiB") as log:
        threads = [threading.Thread(target=talk) for _ in range(2)]
        for thread in threads:
            thread.start()
        run(main())
        done.set()
        for thread in threads:
            thread.join()


def test_async_with_stops_and_a_destination_that_pulls_on_the_same_loop_gets_everything() -> None:
    async def main() -> list[bytes]:
        taken: list[bytes] = []

        async def take() -> None:
            async for batch in log.pull_async("out"):
                taken.append(batch)

        async with Logger("pull:out", format="raw") as log:
            taking = asyncio.create_task(take())
            async with log.bind(request=1) as request:
                for number in range(1000):
                    assert request.info(str(number))
            assert not request.info("closed")
            assert log.info("last")
        await taking
        assert not log.info("stopped")
        return b"".join(taken).split()

    assert run(main()) == [str(number).encode() for number in range(1000)] + [b"last"]


def test_async_with_notes_with_what_its_body_raised_that_it_was_late(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with log:
            assert log.info("x")
            raise ZeroDivisionError

    monkeypatch.setattr(_awaiting, "CLOSE_SECONDS", 0.01)
    log = Logger("pull:out")
    with pytest.warns(ResourceWarning, match="not written yet"), pytest.raises(ZeroDivisionError) as raised:
        run(main())
    assert getattr(raised.value, "__notes__", None) == ["alog: 1 records are not written yet"]
    assert list(log.pull("out"))
    log.close()


def test_a_pull_that_is_cancelled_leaves_the_lines_and_no_descriptor() -> None:
    async def main() -> None:
        async def take() -> None:
            async for _ in log.pull_async("out"):
                raise AssertionError("there is none")

        log.pull_fd("out")
        before = descriptors()
        taking = asyncio.create_task(take())
        await until(lambda: descriptors() > before)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        assert descriptors() == before
        log.info("still there")
        async for batch in log.pull_async("out"):
            assert batch == b"still there\n"
            break

    log = Logger("pull:out", format="raw")
    run(main())
    log.close()


def test_many_tasks_wait_for_the_same_end(gate: Gate) -> None:
    async def main() -> None:
        log.info("x")
        waiting = [asyncio.create_task(log.flush_async()) for _ in range(5)]
        waiting += [asyncio.create_task(log.stop_async()) for _ in range(5)]
        await until(waiters)
        gate.open.set()
        await asyncio.gather(*waiting)

    with Logger(gate) as log:
        run(main())


def test_a_program_that_ends_in_the_midst_of_a_wait_ends(script: Script, tmp_path: Path) -> None:
    script(
        """
import asyncio, threading, alog
go = threading.Event()
async def main():
    log.info("x")
    waiting = asyncio.create_task(log.flush_async())
    turn = asyncio.Future()
    asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, turn.set_result, None)
    await turn
    raise SystemExit(3)
log = alog.Logger("pull:nobody")
asyncio.run(main())
""",
        status=3,
    )
