"""Loggers found by name."""

from __future__ import annotations

import gc
import io
from pathlib import Path

import pytest

import alog
from conftest import Script

MADE_IN_C = """
import ctypes
from alog._native import AlogLogger, library
config, made = ctypes.c_void_p(), AlogLogger()
assert library.alog_config_new(ctypes.byref(config)) == 0
assert library.alog_config_set(config, b"name", b"host", None) == 0
assert library.alog_config_set(config, b"writer", b"%s", None) == 0
assert library.alog_config_add_sink(config, b"file:host.log?format=raw", None) == 0
assert library.alog_new(config, ctypes.byref(made), None) == 0
"""
"""What a host does that is not written in Python."""


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


@pytest.mark.parametrize("writer", ["thread", "caller"])
def test_what_is_derived_from_a_logger_of_the_host_calls_python_while_there_is_an_interpreter(
    script: Script, tmp_path: Path, writer: str
) -> None:
    script(
        MADE_IN_C % writer
        + """
import atexit, threading, alog
go, file = threading.Event(), open("mine.log", "wb")
def slow(lines):
    assert go.wait(300)
    file.write(lines)
    file.flush()
log = alog.Logger.find("host").child(sinks=[alog.Sink(slow, format="raw")])
for number in range(1000):
    assert log.info(str(number))
atexit.register(go.set)  # runs before the package's own handler, after the last line of the program
"""
    )
    for name in ("mine.log", "host.log"):
        assert (tmp_path / name).read_text().split() == [str(number) for number in range(1000)]


def test_a_child_of_multiprocessing_writes_what_it_logs_to_a_logger_of_the_host(script: Script, tmp_path: Path) -> None:
    script(
        MADE_IN_C % "thread"
        + """
import multiprocessing, alog
log = alog.Logger.find("host")
child = multiprocessing.get_context("fork").Process(target=log.info, args=("from the child",))
child.start()
child.join()
assert child.exitcode == 0
"""
    )
    assert (tmp_path / "host.log").read_text() == "from the child\n"
