"""Levels that change, settings that change, and who writes."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import pytest

import alog
from alog import Level, Logger, Status
from conftest import HANG, Gate


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


@pytest.mark.parametrize(
    ("given", "shown", "on"),
    [
        ("info", "info+", {2, 3, 4, 5, 6}),
        ("info+", "info+", {2, 3, 4, 5, 6}),
        ("info-", "trace|debug|info", {0, 1, 2}),
        ("debug|warn|fatal", "debug|warn|fatal", {1, 4, 6}),
        ("fatal", "fatal+", {6}),
        ("all", "all", {0, 1, 2, 3, 4, 5, 6}),
        ("trace", "all", {0, 1, 2, 3, 4, 5, 6}),
        ("off", "off", set()),
    ],
)
def test_levels_are_a_set_that_can_be_read_and_set(file: Path, given: str, shown: str, on: set[int]) -> None:
    with Logger(file, level="notice") as log:
        log.levels = given
        assert log.levels == shown
        log.levels = log.levels
        assert {level for level in Level if log.is_enabled(level)} == on
        assert {level for level in Level if log.log(level, "x")} == on
        methods = ["trace", "debug", "info", "notice", "warn", "error", "fatal"]
        assert {number for number, name in enumerate(methods) if getattr(log, name)("x")} == on
    with Logger(file, level=given) as log:
        assert log.levels == shown


def test_levels_that_are_none_are_refused_and_change_nothing(file: Path) -> None:
    with Logger(file) as log:
        with pytest.raises(alog.ConfigError, match="loud"):
            log.levels = "loud"
        assert log.levels == "info+"
    log.close()
    assert not log.is_enabled("fatal")
    with pytest.raises(alog.ClosedError):
        log.levels  # noqa: B018
    with pytest.raises(alog.ClosedError):
        log.levels = "info"


def test_a_level_that_is_off_does_not_look_at_the_message(file: Path) -> None:
    with Logger(file) as log:
        nothing: Any = object()
        assert log.debug(nothing, x=nothing, timeout=-1) is False
        assert log.stats().attempted == 0


def test_settings_change_together_or_not_at_all(file: Path, gate: Gate) -> None:
    with Logger(gate, queue_bytes="4KiB") as log:
        with pytest.raises(alog.ConfigError, match="perhaps"):
            log.reconfigure(level="debug", overflow="perhaps")
        assert log.levels == "info+"
        log.reconfigure(level=Level.DEBUG, overflow="drop-newest", max_message_bytes=200)
        assert log.levels == "debug+"
        assert log.write("info", "x" * 201) is Status.ERR_TOO_LARGE
        log.info("first")
        assert gate.entered.wait(HANG)
        while log.info("x" * 100):
            pass
        assert log.write("info", "x" * 100) is Status.DROPPED
        gate.open.set()
    log.close()
    with pytest.raises(alog.ClosedError):
        log.reconfigure(level="debug")


def test_drop_oldest_is_counted_by_its_name(gate: Gate) -> None:
    with Logger(gate, format="raw", queue_bytes="4KiB", overflow="drop-oldest") as log:
        log.info("first")
        assert gate.entered.wait(HANG)
        for number in range(1000):
            assert log.info(str(number))
        gate.open.set()
        log.flush()
        stats = log.stats()
        assert stats.dropped["oldest"] > 0
        assert stats.written + stats.dropped["oldest"] == 1001
    assert gate.lines()[-1] == b"999" or b"999" in gate.lines()


def test_the_caller_writes_when_it_drains(file: Path) -> None:
    with Logger(file, format="raw", writer="caller") as log:
        for number in range(5):
            log.info(str(number))
        assert file.read_text() == ""
        assert log.drain(2) == 2
        assert file.read_text().split() == ["0", "1"]
        assert log.drain() == 3
        assert log.drain() == 0
        with pytest.raises(ValueError, match="at least 0"):
            log.drain(-1)
    assert file.read_text().split() == ["0", "1", "2", "3", "4"]


def test_a_thread_of_the_program_writes_until_the_logger_is_stopped() -> None:
    threads: set[int] = set()
    log = Logger(lambda lines: threads.add(threading.get_ident()), writer="caller")
    writer = threading.Thread(target=log.run)
    writer.start()
    while not threads:
        log.info("x")
    log.stop()
    writer.join(HANG)
    assert not writer.is_alive()
    assert threads == {writer.ident}
    with pytest.raises(alog.ModeError):
        log.run()


def test_a_logger_with_a_writer_of_its_own_is_neither_run_nor_drained(file: Path) -> None:
    with Logger(file) as log:
        with pytest.raises(alog.ModeError):
            log.run()
        with pytest.raises(alog.ModeError):
            log.drain()


def test_without_workers_a_message_is_written_when_its_call_returns(file: Path) -> None:
    here = threading.get_ident()
    threads: list[int] = []
    with Logger(file, lambda lines: threads.append(threading.get_ident()), format="raw", workers=0) as log:
        assert log.info("x {a}", a=1)
        assert file.read_text() == "x 1\n"
    assert threads == [here]


def test_an_interrupt_in_a_destination_on_the_callers_thread_reaches_the_program(file: Path) -> None:
    def interrupt(_: bytes) -> None:
        signal.raise_signal(signal.SIGINT)

    with Logger(interrupt, workers=0) as log, pytest.raises(KeyboardInterrupt):
        log.info("m")


def test_threads_that_write_for_themselves_keep_their_interpreter_state(file: Path) -> None:
    got: list[bytes] = []
    modes: list[dict[str, Any]] = [{"workers": 0}, {"writer": "caller"}]
    for settings in modes:
        log = Logger(got.append, format="raw", **settings)

        def talk(log: Logger = log) -> None:
            for _ in range(100):
                assert log.info("x")

        threads = [threading.Thread(target=talk) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        log.close()
    assert b"".join(got) == b"x\n" * 800


def test_handing_over_returns_when_the_writer_has_it(file: Path) -> None:
    with Logger(file, format="raw", queue_bytes=0) as log:
        for number in range(20):
            assert log.info(str(number))
    assert file.read_text().split() == [str(number) for number in range(20)]


def test_several_workers_lose_nothing_and_call_a_destination_one_at_a_time() -> None:
    busy = threading.Lock()
    got: list[bytes] = []

    def alone(lines: bytes) -> None:
        assert busy.acquire(blocking=False)
        got.append(lines)
        busy.release()

    with Logger(alone, format="raw", workers=4, scheduler="round-robin", queue_bytes="4KiB") as log:
        threads = [threading.Thread(target=lambda: [log.info("x") for _ in range(500)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert list(log.errors()) == []
    assert b"".join(got) == b"x\n" * 2000


@pytest.mark.parametrize("value", ["a&b=c", "50%", "why?", "%26"])
def test_a_sink_takes_a_pattern_with_every_character(tmp_path: Path, value: str) -> None:
    with Logger(alog.Sink(tmp_path / "app.log", pattern=value + " {message}")) as log:
        log.info("m")
    assert (tmp_path / "app.log").read_text() == f"{value} m\n"
