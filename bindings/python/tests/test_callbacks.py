"""What the program gives a logger to call may do anything: it ends in an error or a refusal, never in a hang."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any, Callable

import pytest

import alog
from alog import Logger, _callbacks
from conftest import HANG, Gate, Script

PLACES = ["destination", "pre-hook", "post-hook", "scheduler"]


def logger_with(place: str, call: Callable[[], object], file: Path, **settings: Any) -> Logger:
    """A logger that makes a call from that place."""

    def of_lines(lines: bytes) -> None:
        call()

    def of_record(record: alog.Record) -> None:
        call()

    def of_choice(record: alog.Record, workers: int) -> int:
        call()
        return 0

    if place == "destination":
        return Logger(of_lines, **settings)
    if place == "scheduler":
        return Logger(file, scheduler=of_choice, workers=2, **settings)
    if place == "pre-hook":
        return Logger(file, pre_hooks=[of_record], **settings)
    return Logger(file, post_hooks=[of_record], **settings)


def on_a_thread(work: Callable[[], object]) -> None:
    """A hang fails the test instead of the run."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(HANG)
    assert not thread.is_alive()


DOES: dict[str, Callable[[Logger], object]] = {
    "logs": lambda log: log.info("from within"),
    "logs with a source and fields": lambda log: log.bind(a=1).info("from within", b=[1]),
    "logs at FATAL": lambda log: log.fatal("from within"),
    "writes synchronously": lambda log: log.write_sync("info", "from within", 1),
    "flushes": lambda log: log.flush(),
    "stops": lambda log: log.stop(),
    "closes": lambda log: log.close(),
    "polls": lambda log: list(log.errors()),
    "derives": lambda log: log.child(name="x", post_hooks=[lambda record: None]).close(),
    "reconfigures": lambda log: log.reconfigure(level="debug"),
    "asks": lambda log: (log.stats(), log.sink_stats(), log.error_fd(), log.levels, repr(log)),
}


@pytest.mark.parametrize("does", DOES)
@pytest.mark.parametrize("place", PLACES)
def test_whatever_it_calls_ends(place: str, does: str, tmp_path: Path) -> None:
    made: list[Logger] = []
    refused: list[alog.Error] = []
    inside = threading.local()

    def call() -> None:
        if made and not hasattr(inside, "now"):  # what is logged from within may come back here
            inside.now = True
            try:
                DOES[does](made[0])
            except alog.Error as error:
                refused.append(error)
            finally:
                del inside.now

    log = logger_with(place, call, tmp_path / "app.log")
    made.append(log)

    def work() -> None:
        for _ in range(20):
            log.info("x")
        log.stop()

    on_a_thread(work)
    assert {type(error) for error in refused} <= {
        alog.WouldDeadlockError,
        alog.StoppedError,
        alog.ClosedError,
        alog.TimeoutError,
        alog.ModeError,
    }
    on_a_thread(log.close)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", [ValueError("no"), OSError(5, "no"), KeyError, SystemExit(3), GeneratorExit, Gate])
def test_what_it_raises_is_an_error_to_poll_and_ends_nothing(place: str, what: Any, tmp_path: Path) -> None:
    def fail() -> None:
        raise what  # a class that is no exception becomes a TypeError

    log = logger_with(place, fail, tmp_path / "app.log", format="raw")
    assert log.info("x")
    log.stop()
    errors = list(log.errors())
    assert errors and all(isinstance(error.exception, BaseException) for error in errors)
    stats = log.stats()
    assert stats.accepted == 1 == stats.written + stats.failed
    assert stats.written == (place != "destination")
    log.close()


@pytest.mark.parametrize("place", PLACES)
def test_one_that_blocks_lets_every_deadline_pass(place: str, gate: Gate, tmp_path: Path) -> None:
    log = logger_with(place, lambda: gate(b""), tmp_path / "app.log", queue_bytes="4KiB")
    caller = threading.Thread(target=log.info, args=("x",))
    caller.start()
    assert gate.entered.wait(HANG)
    if place not in ("pre-hook", "scheduler"):  # those block their caller alone
        caller.join()
        with pytest.raises(alog.TimeoutError):
            log.flush(0.02)
        with pytest.raises(alog.TimeoutError):
            log.stop(0.02)
    gate.open.set()
    caller.join()
    log.close()


def test_what_cannot_be_called_here_is_refused(gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(_callbacks._registered)
    monkeypatch.setattr(_callbacks, "MAY_BE_CALLED", False)
    with pytest.raises(alog.ModeError, match="from a thread of the library") as refused:
        alog.Handler(gate)
    assert refused.value.status is alog.Status.ERR_MODE
    for place in PLACES:
        with pytest.raises(alog.ModeError):
            logger_with(place, lambda: None, tmp_path / "app.log")
    with Logger(tmp_path / "app.log", format="raw") as log:  # all else is as ever
        with pytest.raises(alog.ModeError):
            log.child(sinks=[gate])
        assert log.bind(a=1).info("{a} {b}", b=2)
    assert (tmp_path / "app.log").read_text() == "1 2\n"
    assert set(_callbacks._registered) == before


@pytest.mark.skipif(sys.version_info < (3, 13), reason="ctypes is in no isolated interpreter before Python 3.13")
@pytest.mark.parametrize("settings", ["legacy", "isolated", "new_config('isolated', gil='shared')"])
def test_an_isolated_interpreter_is_not_called(script: Script, settings: str, tmp_path: Path) -> None:
    made = settings if "(" in settings else repr(settings)
    done = script(
        f"""
import os, _interpreters
from _interpreters import new_config
failed = _interpreters.run_string(_interpreters.create({made}), f'''
import sys
sys.path.insert(0, {{os.environ["PYTHONPATH"]!r}})
import alog
with alog.Logger("file:app.log", format="raw") as log:
    log.info("user {{{{id}}}}", id=5)
try:
    with alog.Logger(lambda lines: None, post_hooks=[lambda record: None]) as log:
        log.info("x")
    print("called")
except alog.ModeError:
    print("refused")
''')
assert failed is None, failed.formatted
"""
    )
    assert done.stdout == ("called\n" if settings == "legacy" else "refused\n")
    assert (tmp_path / "app.log").read_text() == "user 5\n"
