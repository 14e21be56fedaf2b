"""Loggers found by name."""

from __future__ import annotations

import gc
import io

import pytest

import alog


def test_a_logger_is_found_by_its_name_and_outlived_by_its_owner() -> None:
    lines = io.StringIO()
    with alog.Logger(lines, name="find.me", pattern="{logger} {message} {fields}") as log:
        with_name = alog.Logger.find("find.me", child="part", fields={"k": 1})
        plain = alog.Logger.find("find.me")
        assert with_name is not None and plain is not None
        assert log.info("a") and with_name.info("b") and plain.bind(m=2).info("c")
        with_name.close()
        assert not with_name.info("x")
        del plain
        gc.collect()
        assert log.info("d")
    assert lines.getvalue() == "find.me a \nfind.me.part b k=1\nfind.me c m=2\nfind.me d \n"


def test_only_one_that_runs_is_found() -> None:
    log = alog.Logger("file:/dev/null", name="find.twice")
    log.child(name="child")
    for name in ("", "find", "find.twice.child", "FIND.TWICE"):
        assert alog.Logger.find(name) is None
    found = alog.Logger.find("find.twice")
    assert found is not None
    log.close()
    assert alog.Logger.find("find.twice") is None
    assert not found.info("x")
    with pytest.raises(alog.StoppedError):
        found.bind(k=1)


def test_one_whose_hooks_are_in_python_is_found_from_its_own_hook() -> None:
    lines = io.StringIO()

    def asks(record: alog.Record) -> None:
        if record.message == "a":
            found = alog.Logger.find("find.hook")
            assert found is not None
            found.info("b")

    with alog.Logger(lines, name="find.hook", pattern="{message}", pre_hooks=[asks]) as log:
        assert log.info("a")
        found = alog.Logger.find("find.hook", source=True)
        assert found is not None and found.info("c")
        assert not list(log.errors())
    assert lines.getvalue() == "b\na\nc\n"
