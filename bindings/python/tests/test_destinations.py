"""Destinations written in Python: file-like objects and callables."""

from __future__ import annotations

import codecs
import ctypes
import errno
import io
import os
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import Any, Callable

import pytest

import alog
from alog import Logger, Sink
from conftest import Gate


def test_a_binary_file_gets_bytes_and_is_flushed_per_batch(tmp_path: Path) -> None:
    with open(tmp_path / "app.log", "wb") as file, Logger(file, format="raw") as log:
        log.info(b"\xff\x00")
        log.flush()
        assert (tmp_path / "app.log").read_bytes() == b"\xff\x00\n"


def test_a_text_file_gets_str_in_which_nothing_is_undecodable(tmp_path: Path) -> None:
    with open(tmp_path / "app.log", "w", encoding="utf-8") as file, Logger(file, format="raw") as log:
        log.info("ä€")
        log.info(b"\xff")
        log.flush()
        assert (tmp_path / "app.log").read_text(encoding="utf-8") == "ä€\n\\xff\n"


def test_streams_of_every_kind_are_told_apart(tmp_path: Path) -> None:
    for target in (
        io.BytesIO(),
        io.StringIO(),
        io.TextIOWrapper(io.BytesIO()),
        codecs.getwriter("utf-8")(io.BytesIO()),
        open(tmp_path / "raw", "wb", buffering=0),
        tempfile.NamedTemporaryFile("wb"),
        tempfile.NamedTemporaryFile("w"),
        tempfile.SpooledTemporaryFile(),
    ):
        with target, Logger(target, format="raw") as log:
            assert log.write_sync("info", "hello")
            assert list(log.errors()) == []


def test_an_object_with_a_write_gets_bytes_unless_told_otherwise() -> None:
    class Writer:
        def __init__(self) -> None:
            self.got: list[object] = []

        def write(self, lines: object) -> None:
            self.got.append(lines)

    plain, told = Writer(), Writer()
    with Logger(plain, Sink(told, text=True), format="raw") as log:
        log.info("x")
    assert (plain.got, told.got) == ([b"x\n"], ["x\n"])


def test_a_callable_gets_whole_lines_in_order() -> None:
    batches: list[bytes] = []
    with Logger(batches.append, format="raw") as log:
        for number in range(1000):
            assert log.info(str(number))
    assert all(batch.endswith(b"\n") for batch in batches)
    assert b"".join(batches).split() == [b"%d" % number for number in range(1000)]


def test_a_raw_stream_that_takes_a_part_gets_the_rest() -> None:
    class Reluctant(io.RawIOBase):
        def __init__(self) -> None:
            super().__init__()
            self.got = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, lines: Any) -> int:
            self.got += bytes(lines[:3])
            return min(3, len(lines))

    reluctant = Reluctant()
    with Logger(reluctant, format="raw") as log:
        log.info("hello world")
    assert reluctant.got == b"hello world\n"


def test_a_raw_stream_that_would_block_is_an_error() -> None:
    class Blocked(io.RawIOBase):
        def write(self, lines: Any) -> None:
            return None

    with Logger(Blocked()) as log:
        log.info("x")
    assert [error.os_error for error in log.errors()] == [errno.EAGAIN]


@pytest.mark.parametrize(
    ("raised", "os_error"),
    [
        (OSError(errno.ENOSPC, "full"), errno.ENOSPC),
        (OSError("no number"), errno.EIO),
        (ValueError("closed"), errno.EIO),
        (KeyboardInterrupt(), errno.EIO),
        (SystemExit(3), errno.EIO),
        (OSError(-1, "negative"), errno.EIO),
        (OSError(1 << 40, "huge"), errno.EIO),
    ],
    ids=repr,
)
def test_what_a_destination_raises_is_a_polled_error(raised: BaseException, os_error: int) -> None:
    def refuse(_: bytes) -> None:
        raise raised

    with Logger(Sink(refuse, name="broken"), format="raw") as log:
        assert log.info("x")
        with pytest.raises(alog.WriteError) as failed:
            log.write_sync("info", "y")
        assert failed.value.errno == os_error
        assert failed.value.__cause__ is raised
        errors = list(log.errors())
        assert {(error.os_error, error.origin) for error in errors} == {(os_error, "callback:broken")}
        assert all(error.exception is raised for error in errors)
        assert log.stats().failed == 2


def test_a_synchronous_write_has_the_exception_of_the_destination_that_failed(tmp_path: Path) -> None:
    def refuse(_: bytes) -> None:
        raise raised

    raised, long = RuntimeError("quota"), "ä" * 100
    with Logger(tmp_path / "app.log") as log:
        derived = log.child(sinks=[Sink(refuse, name=long)])
        with pytest.raises(alog.WriteError) as failed:
            derived.write_sync("info", "x")
        assert failed.value.__cause__ is raised
        assert "RuntimeError: quota\n\nThe above exception was the direct cause" in shown(failed.value)
    with Logger("file:/dev/full") as log, pytest.raises(alog.WriteError) as failed:
        log.write_sync("info", "x")
    assert failed.value.__cause__ is None and not failed.value.__suppress_context__


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


def test_a_destination_that_recovers_goes_on_and_the_log_says_what_is_missing() -> None:
    calls: list[bytes] = []

    def once(lines: bytes) -> None:
        calls.append(lines)
        if len(calls) == 1:
            raise OSError(errno.ENOSPC, "full")

    with Logger(once) as log:
        log.info("lost")
        log.flush()
        lost = 1
        while not written(log):  # after a failure there is a pause before the next try
            lost += 1
    later = b"".join(calls[1:]).decode().splitlines()
    assert [line.split("] ")[1] for line in later] == [
        f"WARN - alog: {records(lost)} lost: destination failed",
        "INFO - kept",
    ]
    assert (log.stats().failed, log.stats().written) == (lost, 1)


def written(log: Logger) -> bool:
    try:
        return log.write_sync("info", "kept")
    except alog.WriteError:
        return False


def records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


def test_sinks_have_levels_formats_and_names_of_their_own(tmp_path: Path) -> None:
    all_lines, errors = io.StringIO(), io.StringIO()
    with Logger(
        Sink(all_lines, name="all", format="raw"),
        Sink(errors, name="errors?&%", level=alog.Level.ERROR),
        Sink(tmp_path / "why?100%.log", level="warn", format="raw"),
        Sink(f"file:{tmp_path}/url.log?format=raw", level="error"),
    ) as log:
        log.info("a")
        log.warn("b")
        log.error("c")
    assert all_lines.getvalue() == "a\nb\nc\n"
    assert errors.getvalue().split("] ")[1] == "ERROR - c\n"
    assert (tmp_path / "why?100%.log").read_text() == "b\nc\n"
    assert (tmp_path / "url.log").read_text() == "c\n"
    sinks = log.sink_stats()
    assert [sink.name for sink in sinks][:2] == ["callback:all", "callback:errors_&%"]
    assert [(sink.written, sink.filtered) for sink in sinks] == [(3, 0), (1, 2), (2, 1), (1, 2)]
    assert sinks[0].bytes == 6


@pytest.mark.parametrize("target", [None, 5, object(), b"file:x"])
def test_what_is_no_destination_raises_type_error(target: Any) -> None:
    with pytest.raises(TypeError, match="a sink is"):
        Logger(target)


def test_a_name_for_what_is_not_in_python_raises_value_error() -> None:
    with pytest.raises(ValueError, match="destinations in Python"):
        Sink("console:", name="screen")


def test_a_destination_may_log_but_not_wait() -> None:
    refused: list[type[BaseException]] = []

    def curious(lines: bytes) -> None:
        got.append(lines)
        if len(got) > 1:
            return
        assert log.info("from the destination")
        waits: list[Callable[[], object]] = [log.flush, log.stop, log.close, lambda: log.write_sync("info", "x")]
        for wait in waits:
            try:
                wait()
            except alog.WouldDeadlockError as error:
                refused.append(type(error))

    got: list[bytes] = []
    with Logger(curious, format="raw") as log:
        log.info("first")
        log.flush()
    assert refused == [alog.WouldDeadlockError] * 4
    lines = b"".join(got).splitlines()
    assert [line for line in lines if not line.startswith(b"alog: ")] == [b"first", b"from the destination"]
    assert log.stats().rejected["would_deadlock"] == 1  # the message of the synchronous write


def test_a_destination_is_never_called_by_two_threads_at_once() -> None:
    busy = threading.Lock()

    def alone(_: bytes) -> None:
        assert busy.acquire(blocking=False)
        busy.release()

    with Logger(alone, queue_bytes="4KiB") as log:
        threads = [threading.Thread(target=lambda: [log.info("x") for _ in range(500)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert list(log.errors()) == []
    assert log.stats().written == 2000


def test_a_logger_lets_go_of_its_destination_when_it_is_closed(gate: Gate) -> None:
    from alog import _callbacks

    before = set(_callbacks._registered)
    gate.open.set()
    log = Logger(gate)
    assert len(set(_callbacks._registered) - before) == 1
    log.close()
    assert set(_callbacks._registered) == before
    with pytest.raises(alog.ConfigError):
        Logger(gate, level="loud")
    with pytest.raises(alog.OpenError):
        Logger(gate, "file:/missing/app.log")
    assert set(_callbacks._registered) == before


def thread_states() -> int:
    """How many threads the interpreter knows."""
    api = ctypes.pythonapi
    api.PyInterpreterState_Get.restype = ctypes.c_void_p
    for step in (api.PyInterpreterState_ThreadHead, api.PyThreadState_Next):
        step.restype, step.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    count, state = 0, api.PyInterpreterState_ThreadHead(api.PyInterpreterState_Get())
    while state:
        count, state = count + 1, api.PyThreadState_Next(state)
    return count


def test_a_closed_logger_leaves_no_thread_state_in_the_interpreter(gate: Gate) -> None:
    gate.open.set()
    before = thread_states()
    for _ in range(50):
        log = Logger(gate, io.StringIO())
        log.info("x")
        log.flush()
        log.info("y")
        log.close()
    assert thread_states() == before


def test_standard_streams_of_python_are_destinations(capsys: pytest.CaptureFixture[str]) -> None:
    with Logger(sys.stderr, format="raw") as log:
        log.info("hello")
    assert capsys.readouterr().err == "hello\n"


def test_a_descriptor_is_a_destination_without_python_in_between() -> None:
    reader, writer = os.pipe()
    with Logger(f"fd:{writer}", format="raw") as log:
        log.info("hello")
        log.flush()
        assert os.read(reader, 100) == b"hello\n"
    os.close(reader)
    os.close(writer)
