"""From the first message to the last: with, stop, close, collection, deadlines, Ctrl-C."""

from __future__ import annotations

import contextlib
import copy
import gc
import math
import os
import pickle
import signal
import sys
import threading
import traceback
import warnings
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any, Callable, Optional

import pytest

import alog
from alog import Logger, Status, _callbacks, _ending, _lifetime
from alog._native import AlogLogger, library
from conftest import HANG, Gate


def notes(exception: BaseException) -> object:
    return getattr(exception, "__notes__", None)


def threads_of_this_process() -> int:
    return len(os.listdir("/proc/self/task"))


def test_with_writes_everything_and_the_account_is_still_there(tmp_path: Path) -> None:
    with Logger(tmp_path / "app.log") as log:
        for _ in range(1000):
            assert log.info("x")
    assert len((tmp_path / "app.log").read_text().splitlines()) == 1000
    assert log.stats().written == 1000
    assert log.poll_error() is None


def test_with_stops_also_when_its_body_raises(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), Logger(tmp_path / "app.log", format="raw") as log:
        log.info("the last words")
        raise ZeroDivisionError
    assert (tmp_path / "app.log").read_text() == "the last words\n"


def test_the_end_of_with_waits_no_longer_than_close_for_lines_that_nobody_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ending, "CLOSE_SECONDS", 0.01)
    with pytest.raises(alog.TimeoutError, match="not written yet"), Logger("pull:out", format="raw") as log:
        assert log.info("x")
    with pytest.raises(alog.TimeoutError):
        log.close(timeout=0)
    assert b"".join(log.pull("out")) == b"x\n"
    log.close()


def test_the_end_of_with_does_not_hide_what_its_body_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ending, "CLOSE_SECONDS", 0.01)
    with pytest.warns(ResourceWarning, match="not written yet"), pytest.raises(ZeroDivisionError) as raised:
        with Logger("pull:out", format="raw") as log:
            assert log.info("x")
            1 / 0
    assert notes(raised.value) == ["alog: 1 records are not written yet"]
    if sys.version_info >= (3, 11):
        assert "".join(traceback.format_exception(raised.value)).endswith("\nalog: 1 records are not written yet\n")
    assert b"".join(log.pull("out")) == b"x\n"
    log.close()


def test_a_note_follows_others_on_every_version_of_python_and_hides_no_exception() -> None:
    class Old(Exception):
        add_note: Any = None  # as before Python 3.11

    class Frozen(Old):
        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(name)

    for exception in (ValueError("x"), Old("x")):
        exception.__notes__ = ["first"]  # type: ignore[union-attr, unused-ignore]
        _ending.add_note(exception, "second")
        assert notes(exception) == ["first", "second"]
    _ending.add_note(Frozen("x"), "nowhere")


def test_after_stop_logging_returns_false_and_the_rest_works(tmp_path: Path) -> None:
    log = Logger(tmp_path / "app.log")
    log.stop()
    log.stop()
    assert log.info("x") is False
    assert log.write("info", "x") is Status.ERR_STOPPED
    assert log.stats().rejected["stopped"] == 2
    log.flush()
    assert log.error_fd() >= 0
    log.close()


def test_after_close_logging_returns_false_and_questions_raise(tmp_path: Path) -> None:
    log = Logger(tmp_path / "app.log")
    log.close()
    log.close()
    log.stop()
    assert log.info("x") is False
    assert log.write("info", "x") is Status.ERR_HANDLE
    questions: list[Callable[[], object]] = [log.flush, log.stats, log.sink_stats, log.poll_error, log.error_fd]
    for question in questions:
        with pytest.raises(alog.ClosedError):
            question()
    with pytest.raises(alog.ClosedError):
        next(log.errors())
    assert repr(log) == "<alog.Logger closed>"


def test_use_after_close_from_eight_threads_is_refused_and_never_crashes(tmp_path: Path) -> None:
    log = Logger(tmp_path / "app.log")
    together = threading.Barrier(9)
    accepted: list[int] = []

    def use() -> None:
        together.wait()
        accepted.append(sum(log.info("x") for _ in range(2000)))
        for call in (log.flush, log.stats, log.poll_error, log.stop, log.close):
            with contextlib.suppress(alog.ClosedError):
                call()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    together.wait()
    log.close()
    for thread in threads:
        thread.join()
    assert log.info("x") is False
    assert len((tmp_path / "app.log").read_text().splitlines()) == sum(accepted)


def test_stop_racing_writers_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    for round_number in range(20):
        stop_among_writers(tmp_path / f"{round_number}.log")


def stop_among_writers(file: Path) -> None:
    log = Logger(file, format="raw")
    started = threading.Barrier(9)
    accepted: dict[str, list[str]] = {}

    def produce(name: str) -> None:
        started.wait()
        mine = accepted[name] = []
        while log.info(f"{name} {len(mine)}"):
            mine.append(f"{name} {len(mine)}")

    threads = [threading.Thread(target=produce, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    started.wait()
    log.stop()
    for thread in threads:
        thread.join()
    written: dict[str, list[str]] = {name: [] for name in accepted}
    for line in file.read_text().splitlines():
        written[line.split()[0]].append(line)
    assert written == accepted
    log.close()


def test_deadlines_of_flush_stop_and_synchronous_write_pass(gate: Gate) -> None:
    log = Logger(gate)
    log.info("x")
    assert gate.entered.wait(HANG)
    calls: list[Callable[[float], object]] = [
        log.flush,
        lambda timeout: log.write_sync("info", "y", timeout),
        log.stop,
        log.close,
    ]
    for call in calls:
        for timeout in (0, 0.001, 0.12):  # at once, in the first slice, after it
            with pytest.raises(TimeoutError) as raised:
                call(timeout)
            assert isinstance(raised.value, alog.Error)
    assert log.stats().pending == 1 + 3
    gate.open.set()
    log.close()
    assert len(gate.lines()) == 4


@pytest.mark.parametrize("timeout", [-1, -0.001, -math.inf, math.nan])
def test_a_timeout_below_zero_raises_value_error(tmp_path: Path, timeout: float) -> None:
    with Logger(tmp_path / "app.log") as log:
        calls: list[Callable[[float], object]] = [log.flush, log.stop, log.close]
        calls.append(lambda timeout: log.write_sync("info", "x", timeout))
        for call in calls:
            with pytest.raises(ValueError, match="a timeout is"):
                call(timeout)
        assert log.info("it still runs")


@pytest.mark.parametrize("timeout", [None, 60, 1e300, math.inf])
def test_every_other_timeout_is_taken(tmp_path: Path, timeout: Any) -> None:
    with Logger(tmp_path / "app.log") as log:
        assert log.write_sync("info", "x", timeout)
        log.flush(timeout)
        log.stop(timeout)


def interrupt_main_thread_inside(function: FunctionType) -> threading.Thread:
    """Sends the main thread a Ctrl-C as soon as it runs `function`."""
    code = function.__code__
    main = threading.main_thread().ident
    assert main is not None

    def inside() -> bool:
        frame: Optional[FrameType] = sys._current_frames()[main]
        while frame is not None and frame.f_code is not code:
            frame = frame.f_back
        return frame is not None

    def watch() -> None:
        while not inside():
            os.sched_yield()
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@pytest.mark.parametrize("name", ["flush", "stop", "close"])
def test_ctrl_c_ends_a_wait_without_a_deadline(gate: Gate, name: str) -> None:
    log = Logger(gate)
    log.info("x")
    assert gate.entered.wait(HANG)
    watcher = interrupt_main_thread_inside(getattr(Logger, name))
    with pytest.raises(KeyboardInterrupt):
        getattr(log, name)()
    watcher.join()
    assert not gate.open.is_set() and gate.batches == []
    gate.open.set()
    log.close()
    assert gate.lines()[0].endswith(b"x")


def test_flush_ends_although_others_never_stop_logging() -> None:
    done = threading.Event()
    with Logger(lambda lines: None, queue_bytes="64KiB") as log:
        threads = [threading.Thread(target=lambda: [log.info("x") for _ in iter(done.is_set, True)]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            log.flush()
        done.set()
        for thread in threads:
            thread.join()


def test_a_logger_that_is_collected_writes_what_it_accepted_and_warns(tmp_path: Path) -> None:
    log = Logger(tmp_path / "app.log", format="raw")
    identity = log._handle.id
    log.info("x")
    with pytest.warns(ResourceWarning, match="neither stopped nor closed"):
        del log
        gc.collect()
    while identity in _lifetime._open:  # each new logger finishes abandoned ones
        Logger(tmp_path / "other.log").close()
    assert (tmp_path / "app.log").read_text() == "x\n"


def test_a_logger_that_was_stopped_is_collected_in_silence(tmp_path: Path) -> None:
    log = Logger(tmp_path / "app.log")
    identity = log._handle.id
    log.stop()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del log
        gc.collect()
    assert identity not in _lifetime._open


def test_a_logger_that_is_collected_in_its_own_destination_does_not_hang(tmp_path: Path) -> None:
    holder: list[Logger] = []
    collected = threading.Event()

    def careless(_: bytes) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            holder.clear()
            gc.collect()
        collected.set()

    holder.append(Logger(careless))
    identity = holder[0]._handle.id
    holder[0].info("x")
    assert collected.wait(HANG)
    while identity in _lifetime._open:
        Logger(tmp_path / "other.log").close()


def test_a_closed_logger_leaves_no_thread_and_no_descriptor(tmp_path: Path) -> None:
    Logger(tmp_path / "app.log").close()  # what the first logger sets up for the process stays
    before = threads_of_this_process(), len(os.listdir("/proc/self/fd"))
    for _ in range(100):
        log = Logger(tmp_path / "app.log", lambda lines: None)
        log.info("x")
        log.error_fd()
        log.close()
    assert (threads_of_this_process(), len(os.listdir("/proc/self/fd"))) == before


def test_a_logger_that_could_not_be_finished_is_given_back(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Logger, handle: AlogLogger) -> None:
        handles.append(AlogLogger(handle.id))
        raise KeyboardInterrupt

    handles: list[AlogLogger] = []
    registered = set(_callbacks._registered)
    with Logger(gate) as log:
        before = set(_callbacks._registered)
        monkeypatch.setattr(Logger, "_take", interrupted)
        makers: list[Callable[[], Logger]] = [
            lambda: Logger(gate),
            lambda: log.bind(a=1),
            lambda: log.child(name="x", post_hooks=[print]),
        ]
        for make in makers:
            with pytest.raises(KeyboardInterrupt):
                make()
        gc.collect()
        assert [library.alog_flush(handle, 0) for handle in handles] == [Status.ERR_HANDLE] * 3
        _callbacks.sweep()
        assert set(_callbacks._registered) == before
        gate.open.set()
    log.close()
    assert set(_callbacks._registered) == registered


def test_a_logger_belongs_to_its_process(tmp_path: Path) -> None:
    with Logger(tmp_path / "app.log") as log:
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="belongs to its process"):
                attempt(log)


def test_a_logger_shows_its_sinks(tmp_path: Path) -> None:
    with Logger("console:", "stderr:?level=fatal") as log:
        assert repr(log) == "<alog.Logger console:, stderr:>"
