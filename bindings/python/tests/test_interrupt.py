"""Ctrl-C and other signals while the main thread waits: raised at once, and nothing lost in silence."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any, Callable, Optional, cast

import pytest

import alog
from alog import Logger, StoppedError, _callbacks, _native, _opening
from alog._calls import Calls
from conftest import HANG, Gate, Script, eventually

WAITS = cast(FunctionType, Calls._hand_over)
"""The method in which a call is that waits for space."""


@contextmanager
def signal_inside(function: FunctionType, number: int = signal.SIGINT) -> Iterator[None]:
    """Sends the main thread a signal as soon as it runs `function`."""
    main = threading.main_thread().ident
    assert main is not None

    def inside() -> bool:
        frame: Optional[FrameType] = sys._current_frames()[main]
        while frame is not None and frame.f_code is not function.__code__:
            frame = frame.f_back
        return frame is not None

    def watch() -> None:
        while not inside():
            os.sched_yield()
        signal.pthread_kill(main, number)

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    thread.join()


def fill(log: Logger, gate: Gate) -> int:
    """Logs until a call would wait; gives the number of messages that are in."""
    assert log.info("0")
    assert gate.entered.wait(HANG)
    count = 1
    while log.info(str(count), timeout=0):
        count += 1
    return count


@contextmanager
def handled_by(number: int, handler: Callable[..., Any]) -> Iterator[None]:
    before = signal.signal(number, handler)
    yield
    signal.signal(number, before)


WAYS: dict[str, dict[str, Any]] = {
    "block": {},
    "block:TIME": {"overflow": f"block:{int(10 * HANG)}s"},
    "grow": {"overflow": "grow:8KiB"},
    "workers": {"workers": 3},
}


@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_ends_a_wait_for_space_and_the_message_is_counted(gate: Gate, way: str) -> None:
    log = Logger(gate, format="raw", queue_bytes="4KiB", **WAYS[way])
    accepted = fill(log, gate)
    before = stats = log.stats()
    while stats.attempted == before.attempted + accepted - before.accepted:  # the signal may come before the wait begins
        with pytest.raises(KeyboardInterrupt), signal_inside(WAITS):
            while True:  # with several workers another queue may have space
                accepted += log.info("more")
        stats = log.stats()
    assert stats.accepted == accepted
    assert stats.rejected["timeout"] == before.rejected["timeout"] + 1
    assert sum(error.count for error in log.errors()) >= 1
    gate.open.set()
    log.close()
    told = [line for line in gate.lines() if line.startswith(b"alog: ")]
    assert len(gate.lines()) - len(told) == accepted and told


def test_a_call_with_fields_and_a_limit_of_its_own_is_interrupted_as_well(gate: Gate) -> None:
    log = Logger(gate, queue_bytes="4KiB")
    fill(log, gate)
    calls: list[Callable[[], bool]] = [
        lambda: log.info("x", a=1),
        lambda: log.bind(b=2).info("x"),
        lambda: log.warn("x", timeout=10 * HANG),
    ]
    for call in calls:
        with pytest.raises(KeyboardInterrupt), signal_inside(WAITS):
            call()
    gate.open.set()
    log.close()


def test_ctrl_c_ends_a_synchronous_write_that_waits_for_space(gate: Gate) -> None:
    log = Logger(gate, queue_bytes="4KiB")
    fill(log, gate)
    with pytest.raises(KeyboardInterrupt), signal_inside(SYNC):
        log.write_sync("info", "x")
    gate.open.set()
    log.close()


SYNC = cast(FunctionType, Logger.write_sync)
AWAITED: dict[str, tuple[FunctionType, dict[str, Any], Callable[[Logger], object]]] = {
    "write_sync": (SYNC, {}, lambda log: log.write_sync("info", "in")),
    "write_sync with workers": (SYNC, {"workers": 3}, lambda log: log.write_sync("info", "in")),
    "fatal": (WAITS, {}, lambda log: log.fatal("in")),
    "fatal with fields": (WAITS, {"workers": 2, "scheduler": "round-robin"}, lambda log: log.fatal("in", a=1)),
    "hand-over": (WAITS, {"queue_bytes": 0}, lambda log: log.info("in")),
}


@pytest.mark.parametrize("way", AWAITED)
def test_ctrl_c_ends_a_wait_for_what_becomes_of_a_message_that_is_in(gate: Gate, way: str) -> None:
    function, settings, call = AWAITED[way]
    log = Logger(gate, format="raw", **settings)
    while not log.stats().accepted:  # the signal may come before the message is in
        with pytest.raises(KeyboardInterrupt), signal_inside(function):
            call(log)
    assert log.stats().accepted == 1
    gate.open.set()
    log.close()
    assert gate.lines()[0].startswith(b"in")


@pytest.mark.parametrize("waits_for", ["space", "what becomes of it"])
def test_an_interrupt_in_a_hook_ends_the_wait_that_follows_it(gate: Gate, waits_for: str) -> None:
    def interrupt(record: alog.Record) -> None:
        if record.message == "x":
            raise KeyboardInterrupt

    log = Logger(gate, format="raw", queue_bytes="4KiB", pre_hooks=[interrupt])
    if waits_for == "space":
        fill(log, gate)
    for _ in range(2):  # one interrupt ends one call
        with pytest.raises(KeyboardInterrupt):
            log.info("x") if waits_for == "space" else log.write_sync("info", "x")
    gate.open.set()
    log.flush()
    assert log.info("y")
    log.close()


def test_a_handler_that_raises_nothing_lets_the_call_wait_on(gate: Gate) -> None:
    log = Logger(gate, format="raw", queue_bytes="4KiB")
    accepted = fill(log, gate)
    with handled_by(signal.SIGUSR1, lambda *_: gate.open.set()), signal_inside(WAITS, signal.SIGUSR1):
        assert log.info("last")
    log.close()
    assert len([line for line in gate.lines() if not line.startswith(b"alog: ")]) == accepted + 1


def test_a_handler_may_log_flush_and_stop_while_a_call_waits(gate: Gate) -> None:
    log = Logger(gate, format="raw", queue_bytes="4KiB")
    accepted = fill(log, gate)
    said: list[object] = []

    def end(*_: object) -> None:
        said.append(log.info("from the handler", timeout=0))
        gate.open.set()
        log.stop()
        said.append(log.stats().pending)
        raise SystemExit(3)

    with handled_by(signal.SIGTERM, end), pytest.raises(SystemExit), signal_inside(WAITS, signal.SIGTERM):
        log.info("never in")
    assert said == [False, 0]
    assert log.stats().written == accepted
    with pytest.raises(StoppedError):
        log.write_sync("info", "x")


def test_an_exception_of_a_handler_comes_as_it_was_raised(gate: Gate) -> None:
    class Alarm(Exception):
        pass

    def ring(*_: object) -> None:
        raise Alarm("now") from KeyError("cause")

    log = Logger(gate, queue_bytes="4KiB")
    fill(log, gate)
    with handled_by(signal.SIGALRM, ring), pytest.raises(Alarm, match="now") as found:
        with signal_inside(WAITS, signal.SIGALRM):
            log.info("x")
    assert isinstance(found.value.__cause__, KeyError) and found.traceback[-1].name == "ring"
    gate.open.set()
    log.close()


def test_ctrl_c_ends_an_iteration_that_waits_for_lines() -> None:
    from alog._pulling import _Puller

    with Logger("pull:out", format="raw") as log:
        lines = log.pull("out")
        with pytest.raises(KeyboardInterrupt), signal_inside(cast(FunctionType, _Puller.wait)):
            next(lines)
        assert log.info("still there")
        assert next(log.pull("out")) == b"still there\n"


def test_ctrl_c_is_heard_in_a_child_that_another_thread_forked(script: Script) -> None:
    script(
        """
import os, signal, threading, alog
entered, go = threading.Event(), threading.Event()
def slow(lines):
    entered.set()
    go.wait()
def child():
    log = alog.Logger(slow, queue_bytes="4KiB")
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
    try:
        while True:
            log.info("x")
    except KeyboardInterrupt:
        os._exit(0)
def fork():
    pid = os.fork()
    if pid == 0:
        child()
    assert os.waitpid(pid, 0)[1] == 0
failed = []
threading.excepthook = failed.append
thread = threading.Thread(target=fork)
thread.start()
thread.join()
assert not failed, failed
"""
    )


def test_ctrl_c_under_load_loses_nothing_without_counting_it(script: Script, tmp_path: Path) -> None:
    script(
        """
import signal, alog
armed = False
def ring(*_):
    global armed
    if armed:
        armed = False  # one at a time: the next could come where this one is handled
        raise KeyboardInterrupt
signal.signal(signal.SIGALRM, ring)
log = alog.Logger("file:app.log", format="raw", queue_bytes="4KiB")
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.003)
for number in range(30000):
    try:
        armed = True
        log.info(str(number), number=number)
        armed = False
    except KeyboardInterrupt:
        pass
armed = False
signal.setitimer(signal.ITIMER_REAL, 0)
log.stop()
stats = log.stats()
assert stats.attempted == stats.accepted + sum(stats.rejected.values()), stats
assert stats.written == stats.accepted, stats
"""
    )
    numbers = [int(line) for line in (tmp_path / "app.log").read_text().split("\n") if line.isdigit()]
    assert numbers == sorted(set(numbers)) and len(numbers) > 0


class _Interrupted:
    """The library, whose call of that name is interrupted on its way back: its work is done."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        function = getattr(_native.library, name)

        def call(*arguments: Any) -> int:
            assert function(*arguments) == 0
            raise KeyboardInterrupt

        return call if name == self._name else function


def test_an_interrupt_as_a_logger_is_made_leaves_none_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(_callbacks._registered)
    monkeypatch.setattr(_opening, "library", _Interrupted("alog_new"))
    with pytest.raises(KeyboardInterrupt):
        Logger(lambda lines: None, name="interrupted", post_hooks=[lambda record: None])
    monkeypatch.undo()
    assert Logger.find("interrupted") is None
    assert len(_callbacks._registered) == before


def test_an_interrupt_as_a_logger_is_derived_leaves_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[bytes] = []
    with Logger(batches.append, format="raw") as log:
        before = len(_callbacks._registered)
        monkeypatch.setattr(_opening, "library", _Interrupted("alog_child_new"))
        with pytest.raises(KeyboardInterrupt):
            log.child(sinks=[lambda lines: None])
        monkeypatch.undo()
        assert log.info("on")
        log.flush()
        log.child(sinks=[lambda lines: None]).close()

        def are_given_back() -> bool:
            _callbacks.sweep()
            return len(_callbacks._registered) <= before + 1

        eventually(are_given_back)
    assert b"".join(batches) == b"on\n"


def test_an_interrupt_as_a_reload_returns_leaves_the_new_destination_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    old: list[bytes] = []
    new: list[bytes] = []
    real = _opening._RELOAD

    def interrupted(*arguments: Any) -> int:
        assert real(*arguments) == 0
        raise KeyboardInterrupt

    with Logger(old.append, format="raw") as log:
        monkeypatch.setattr(_opening, "_RELOAD", interrupted)
        with pytest.raises(KeyboardInterrupt):
            log.reload(new.append, format="raw")
        monkeypatch.undo()
        assert log.info("on")
        log.flush()
        assert not list(log.errors())
    assert b"".join(old + new) == b"on\n"
