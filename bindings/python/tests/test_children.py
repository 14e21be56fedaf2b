"""Derived loggers: fields, names, sinks of their own, and the end of either side."""

from __future__ import annotations

import gc
import threading
import warnings
from pathlib import Path

import pytest

import alog
from alog import Logger, Record, Sink, Status, _callbacks
from conftest import HANG, Gate


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


SHOWN = "{logger}|{message}|{fields}"


def test_bound_fields_are_in_every_message_and_those_of_the_call_override_them(file: Path) -> None:
    with Logger(file, pattern=SHOWN, fields={"app": "shop"}) as log:
        request = log.bind(request=7, user="ann")
        request.info("a")
        request.info("b", user="bob")
        request.bind(step=2).info("c")
        log.info("d")
    assert file.read_text().splitlines() == [
        "|a|app=shop request=7 user=ann",
        "|b|app=shop request=7 user=bob",
        "|c|app=shop request=7 user=ann step=2",
        "|d|app=shop",
    ]


def test_a_child_appends_its_name_and_replaces_what_it_is_told_to(file: Path, tmp_path: Path) -> None:
    with Logger(file, pattern=SHOWN, name="app", fields={"a": 1}) as log:
        log.child(name="db").child(name="pool").info("x")
        log.child(fields={"b": 2}, replace="fields").info("y")
        other = log.child(sinks=[tmp_path / "other.log"], replace=["sinks", "fields"], name="other")
        other.info("z")
    assert file.read_text().splitlines() == ["app.db.pool|x|a=1", "app|y|b=2"]
    assert (tmp_path / "other.log").read_text() == "app.other|z|\n"


def test_a_child_writes_to_destinations_in_python_of_its_own(file: Path) -> None:
    got: list[bytes] = []
    with Logger(file, format="raw") as log:
        log.child(sinks=[Sink(got.append, name="mine", level="warn")]).warn("both")
        log.warn("file only")
    assert b"".join(got) == b"both\n"
    assert file.read_text() == "both\nfile only\n"


def test_a_child_shares_levels_errors_and_figures(file: Path) -> None:
    with Logger(file) as log:
        child = log.bind(a=1)
        child.levels = "debug"
        assert log.is_enabled("debug") and log.debug("x") and child.debug("y")
        child.flush()
        assert child.stats().written == log.stats().written == 2


def test_a_child_that_is_closed_stops_nothing(file: Path) -> None:
    with Logger(file, format="raw") as log:
        with log.bind(a=1) as child:
            assert child.info("a")
        assert not child.info("b") and not child.is_enabled("info")
        assert child.write("info", "b") is Status.ERR_HANDLE
        with pytest.raises(alog.ClosedError):
            child.bind(b=1)
        child.close()
        assert log.info("c")
    assert file.read_text() == "a\nc\n"


def test_a_parent_that_is_closed_leaves_its_children_refusing(file: Path) -> None:
    log = Logger(file, format="raw")
    middle = log.bind(a=1)
    child = middle.bind(b=2)
    middle.close()
    assert child.info("x")
    log.close()
    assert child.info("y") is False
    assert child.write("info", "y") is Status.ERR_STOPPED
    with pytest.raises(alog.StoppedError):
        child.bind(c=3)
    child.close()
    assert file.read_text() == "x\n"


def test_a_child_keeps_its_root_from_being_collected(file: Path) -> None:
    child = Logger(file, format="raw").bind(a=1).bind(b=2)
    gc.collect()
    assert child.info("x")
    child.stop()
    assert file.read_text() == "x\n"


def test_a_logger_is_collected_without_waiting_for_the_collector(file: Path) -> None:
    log = Logger(file)
    handle = log._handle.id
    log.stop()
    gc.disable()
    try:
        del log
        assert handle not in alog._lifetime._open
    finally:
        gc.enable()


def test_a_hundred_thousand_children_that_nobody_keeps_need_no_handles(file: Path) -> None:
    with warnings.catch_warnings(), Logger(file, format="raw", overflow="block") as log:
        warnings.simplefilter("error")
        for number in range(100_000):
            assert log.bind(request=number).is_enabled("info")
        assert log.bind(request=0).info("last")
    assert file.read_text() == "last\n"


def test_what_a_child_calls_is_forgotten_when_its_last_record_is_written(file: Path, gate: Gate) -> None:
    seen: list[str] = []
    before = set(_callbacks._registered)

    def look(record: Record) -> None:
        seen.append(record.message)

    with Logger(gate, format="raw") as log:
        log.info("first")
        assert gate.entered.wait(HANG)
        child = log.child(sinks=[Sink(seen.append, text=True, name="child")], post_hooks=[look])
        child.info("from the child")
        child.close()
        assert len(set(_callbacks._registered) - before) == 3
        gate.open.set()
        log.flush()
        assert seen == ["from the child", "from the child\n"]
        while len(set(_callbacks._registered) - before) > 1:  # the writer lets go of it at its next look
            log.info("x")
            log.flush()
            _callbacks.sweep()
    log.close()
    assert set(_callbacks._registered) == before


def test_many_children_with_hooks_leave_nothing_behind(file: Path) -> None:
    before = set(_callbacks._registered)
    with Logger(file) as log:
        for _ in range(200):
            with log.child(pre_hooks=[lambda record: None], sinks=[lambda lines: None]) as child:
                child.info("x")
            log.flush()
        assert log.stats().failed == 0
        assert list(log.errors()) == []
        assert len(set(_callbacks._registered) - before) < 400
    log.close()
    assert set(_callbacks._registered) == before


def test_a_child_that_cannot_be_made_leaves_nothing_behind(file: Path) -> None:
    before = set(_callbacks._registered)
    with Logger(file) as log:
        with pytest.raises(alog.ConfigError, match="replace"):
            log.child(sinks=[print], pre_hooks=[print], replace="everything")
        with pytest.raises(alog.OpenError):
            log.child(sinks=[print, "file:/missing/app.log"])
        with pytest.raises(TypeError, match="a hook is a callable"):
            log.child(pre_hooks=[5])  # type: ignore[list-item]
        assert set(_callbacks._registered) == before
        assert log.info("x")


def test_a_subclass_derives_its_own_kind(file: Path) -> None:
    class Mine(Logger):
        def twice(self, message: str) -> bool:
            return self.info(message) and self.info(message)

    with Mine(file, format="raw") as log:
        assert log.bind(a=1).twice("x")
    assert file.read_text() == "x\nx\n"


def test_children_of_one_logger_are_made_and_used_by_many_threads(file: Path) -> None:
    with Logger(file, pattern="{field:thread} {message}") as log:

        def work(name: int) -> None:
            for number in range(200):
                assert log.bind(thread=name).info("{n}", n=number)

        threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = file.read_text().splitlines()
    for name in range(8):
        mine = [line for line in lines if line.startswith(f"{name} ")]
        assert mine == [f"{name} {number}" for number in range(200)]
