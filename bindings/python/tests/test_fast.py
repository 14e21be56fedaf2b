"""The logging methods as builtins: where they are used, and that nobody can tell them from those written in Python."""

from __future__ import annotations

import inspect
import io
import os
import sys
import threading
from pathlib import Path
from typing import Any, Optional
from unittest import mock

import pytest

import alog
from alog import _fast, _native
from alog._calls import Calls
from conftest import HANG, Gate, Script

WHY_NOT = _fast.reason_against(_fast.this_interpreter())
needs_native = pytest.mark.skipif(WHY_NOT is not None, reason=f"{WHY_NOT}")

GOOD = _fast.Interpreter("", "cpython", (3, 13), "", False, 0, True)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"name": "pypy"}, "pypy is not CPython"),
        ({"version": (3, 8)}, "CPython is older than 3.9"),
        ({"flags": "t"}, "this CPython has no GIL"),
        ({"flags": "td"}, "this CPython has no GIL"),
        ({"lists_objects": True}, "this CPython keeps a list of all objects"),
        ({"number": 1}, "this is a sub-interpreter"),
        ({"library_has_it": False}, "the library is older than this package"),
        ({"wish": "ctypes"}, "ALOG_PYTHON is ctypes"),
        ({"wish": "native"}, None),
        ({"flags": "d"}, None),
        ({"version": (4, 0)}, None),
        ({}, None),
    ],
)
def test_builtins_are_used_only_where_the_objects_are_those_of_cpython(
    other: dict[str, Any], reason: Optional[str]
) -> None:
    assert _fast.reason_against(GOOD._replace(**other)) == reason


def test_another_wish_is_refused() -> None:
    with pytest.raises(ImportError, match="ALOG_PYTHON is ctypes, native or not set, not 'fast'"):
        _fast.reason_against(GOOD._replace(wish="fast"))


def test_the_environment_can_ask_for_ctypes(script: Script) -> None:
    program = "import alog, sys; print(alog.native, alog.Logger.info is alog._calls.Calls.info)"
    assert script(program, ALOG_PYTHON="ctypes").stdout == "False True\n"


@needs_native
def test_builtins_are_what_is_used_by_itself(script: Script) -> None:
    program = "import alog; print(alog.native, type(alog.Logger.info).__name__)"
    assert script(program, ALOG_PYTHON="").stdout == "True method_descriptor\n"


@needs_native
def test_a_sub_interpreter_uses_ctypes(script: Script) -> None:
    done = script(
        """
import os, sys
import alog
try:
    import _interpreters as interpreters
    made = interpreters.create("legacy")
except ImportError:
    import _xxsubinterpreters as interpreters
    made = interpreters.create(isolated=False)
interpreters.run_string(made, f'''
import sys
sys.path.insert(0, {os.environ["PYTHONPATH"]!r})
import alog
with alog.Logger("console:", format="raw") as log:
    log.info(f"{{alog.native}}: {{alog._fast.why_not}}")
''')
print(alog.native)
"""
    )
    assert done.stdout == "False: this is a sub-interpreter\nTrue\n"


CALLS = '''
import sys
import alog

class Text(str):
    def __str__(self):
        return "another text"

class Number(int):
    def __repr__(self):
        return "another number"

class Liar:
    __class__ = str
    def __str__(self):
        return "no text"

class Broken:
    def __str__(self):
        raise RuntimeError("no")

many = {f"f{number}": number for number in range(16)}
values = [
    0, -1, 1, 2**31, 2**62, 2**63 - 1, -2**63, 2**63, -2**63 - 1, 2**64 - 1, 2**64, 10**30, True, False, None,
    0.0, -0.0, 1.5, 1e308, float("inf"), float("-inf"), float("nan"), 5e-324,
    "", "x", "é", "\\u20ac", "\\U0001f600", "a\\0b", "\\ud800", "\\udc80", "a\\udcffb", "x" * 300, "{id}", "line\\nline",
    b"", b"x", b"\\xff\\0", bytearray(b"ab"), memoryview(b"cd"), [1, "two"], (1,), {"a": 1, "b": {"c": None}}, {}, {1: 2},
    Text("text"), Number(7), Liar(), Broken(), 1j, object, ..., alog.Level.WARN, "x" * 5000,
]
messages = [
    "", "plain", "é", "\\U0001f600", "a\\0b", "\\ud800 and \\udc80", "a\\nb", "%s %d", "{value}", "{{value}}", "{missing}",
    b"", b"bytes", b"\\xff\\xfe", bytearray(b"array"), memoryview(b"view"), Text("sub"), "x" * 70000, "x" * 300000,
    None, 5, ["list"], Liar(),
]

def call(said, method, *arguments, **fields):
    try:
        said.append(method(*arguments, **fields))
    except Exception as error:
        said.append((type(error).__name__, str(error)))

def calls(log, said):
    for level in ("trace", "debug", "info", "notice", "warn", "warning", "error", "fatal", "critical"):
        call(said, getattr(log, level), level)
        call(said, getattr(log, level), level, value=level)
    for level in (*alog.Level, 0, 6, "info", "WARN", True):
        call(said, log.log, level, "by level {value}", value=1)
        call(said, log.is_enabled, level)
    for level in (7, -1, 2**70, "verbose", None, 1.0, "", Number(3)):
        call(said, log.log, level, "no level")
        call(said, log.is_enabled, level)
    for message in messages:
        call(said, log.info, message)
        call(said, log.info, message, value="v")
        call(said, log.log, 2, message)
    for value in values:
        call(said, log.info, "value {value}", value=value)
        call(said, log.info, "values {a} {b}", a=value, b=value, last="end")
    for key in ("", "a b", "é", "\\udc80", "a\\0b", "a=b", "message", "self", "level", "time", "k" * 300, "k" * 70000):
        call(said, log.info, "key", **{key: 1})
        call(said, log.info, "key", **{key: "text", "other": None})
    call(said, log.info, "16 {f15}", **many)
    call(said, log.info, "17 {f15}", **many, one_more=1)
    call(said, log.info, "none", **{})
    call(said, log.info, "name", **{Text("key"): 1})
    call(said, log.info, "limit", timeout=1)
    call(said, log.info, "limit", timeout=None, a=1)
    call(said, log.info, "limit", timeout=-1)
    call(said, log.info, "exception", exc_info=ValueError("wrong"), a=1)
    call(said, log.info, "exception", exc_info=None)
    call(said, log.info, "exception", exc_info=True)
    call(said, log.exception, "exception")
    call(said, log.info)
    call(said, log.info, "one", "two")
    call(said, log.info, message="no name")
    call(said, log.log, "info")
    call(said, log.log)
    call(said, log.is_enabled)
    call(said, log.is_enabled, 1, 2)
    call(said, log.is_enabled, level=1)
    call(said, alog.Logger.info, log, "unbound", a=1)
    call(said, list, map(log.info, ["from", "C"]))

said = []
for number, settings in enumerate((
    dict(pattern="{level} {logger} {message} {all_fields}", level="all"),
    dict(format="json", time_key="", level="debug|info|error+", name="a"),
    dict(pattern="{thread} {source} {function} {message}", level="info", source=True),
    dict(format="raw", level="info", workers=0),
    dict(format="raw", level="info", queue_bytes=0),
    dict(format="raw", level="info", max_message_bytes=200),
    dict(format="logfmt", time_key="", level="all", pre_hooks=[lambda record: record.__setitem__("hooked", 1)]),
    dict(format="logfmt", time_key="", level="all", workers=2, scheduler=lambda record, workers: 1),
)):
    with alog.Logger(f"file:{sys.argv[1]}{number}", **settings) as log:
        calls(log, said)
        calls(log.bind(base="b"), said)
        with log.child(name="child", fields={"deep": {"er": 1}}) as child:
            calls(child, said)
        call(said, child.info, "closed")
        log.levels = "off"
        call(said, log.fatal, "off")
        log.levels = "all"
        call(said, log.trace, "on")
        log.stop()
        call(said, log.info, "stopped")
        said.append(log.stats().rejected)
    log.close()
    call(said, log.info, "closed")
    call(said, log.is_enabled, 2)
print(*said, sep="\\n")
print(alog.native, file=sys.stderr)
'''


@needs_native
def test_every_call_says_and_writes_the_same_with_and_without_ctypes(script: Script, tmp_path: Path) -> None:
    fast = script(CALLS, "native", ALOG_PYTHON="native")
    plain = script(CALLS, "ctypes", ALOG_PYTHON="ctypes")
    assert (fast.stderr, plain.stderr) == ("True\n", "False\n")
    assert fast.stdout.splitlines() == plain.stdout.splitlines()
    for number in range(8):
        written = [(tmp_path / f"{mode}{number}").read_bytes().splitlines() for mode in ("native", "ctypes")]
        # How many losses one line tells of depends on when the writer looks.
        native, ctypes = ([line for line in lines if not line.startswith(b"alog: ")] for lines in written)
        assert native == ctypes
        assert len(native) > 50


@pytest.mark.parametrize("name", [*_fast.METHODS, *_fast.ALIASES])
def test_a_builtin_has_the_signature_and_the_words_of_the_method_in_python(name: str) -> None:
    own = getattr(Calls, name, None)
    shown = inspect.signature(getattr(alog.Logger, name))
    if own is not None:
        kinds = [(it.name, it.kind, it.default) for it in inspect.signature(own).parameters.values()]
        assert [(it.name, it.kind, it.default) for it in shown.parameters.values()] == kinds
        assert inspect.getdoc(getattr(alog.Logger, name)) == inspect.getdoc(own)
    assert inspect.getdoc(getattr(alog.Logger, name))


def test_levels_that_another_language_switches_count_at_once() -> None:
    lines = io.StringIO()
    with alog.Logger(lines, format="raw") as log:
        child = log.bind(a=1)
        assert not log.debug("off")
        assert not child.debug("off")
        assert _native.library.alog_levels_set(log._handle, b"debug|error", None) == 0
        assert log.debug("on")
        assert child.debug("on")
        assert not log.info("off")
        assert log.is_enabled("debug")
        assert not log.is_enabled(alog.Level.INFO)
    assert lines.getvalue() == "on\non\n"


@pytest.mark.parametrize("fields", [{}, {"value": 1}])
def test_a_call_that_waits_for_space_lets_other_threads_run(gate: Gate, fields: dict[str, Any]) -> None:
    with alog.Logger(gate, queue_bytes="4KiB", format="raw") as log:
        logged: list[bool] = []

        def much() -> None:
            logged.extend(log.info("x" * 100, **fields) for _ in range(500))

        thread = threading.Thread(target=much)
        thread.start()
        assert gate.entered.wait(HANG)  # the destination needs the lock of the interpreter to end
        gate.open.set()
        thread.join(HANG)
        assert logged == [True] * 500
    assert len(gate.lines()) == 500


def test_a_thread_that_logs_to_many_loggers_by_turns_loses_nothing() -> None:
    lines = io.StringIO()
    with alog.Logger(lines, format="raw") as log:
        children = [log.bind(number=number) for number in range(40)]
        for turn in range(50):
            for number, child in enumerate(children):
                assert child.info(f"{turn} {number}")
    assert lines.getvalue().split("\n")[:-1] == [f"{turn} {number}" for turn in range(50) for number in range(40)]


def test_a_child_process_logs_at_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with alog.Logger(path, format="raw") as log:
        log.info("parent {pid}", pid=1)
        log.flush()
        child = os.fork()
        if child == 0:
            done = log.info("child {pid}", pid=2) and log.info("child again") and not log.debug("off")
            log.flush()
            os._exit(not done)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        log.info("parent again")
    assert sorted(path.read_text().splitlines()) == ["child 2", "child again", "parent 1", "parent again"]


def test_a_logger_whose_handle_another_has_now_logs_nothing() -> None:
    old = alog.Logger(io.StringIO())
    info = old.info
    old.close()
    lines = io.StringIO()
    with alog.Logger(lines, format="raw") as log:  # takes the same slot
        assert log._handle.id & 0xFFFFFFFF == old._handle.id & 0xFFFFFFFF
        assert not info("to nobody")
        assert not old.info("to nobody", a=1)
        assert not old.is_enabled("info")
        assert log.info("to this one")
    assert lines.getvalue() == "to this one\n"


def test_a_method_alone_keeps_its_logger() -> None:
    lines = io.StringIO()
    info: Any = alog.Logger(lines, format="raw").info
    assert info("kept")
    info.__self__.stop()
    assert lines.getvalue() == "kept\n"


def test_a_subclass_and_a_mock_replace_a_method() -> None:
    class Loud(alog.Logger):
        def info(self, message: Any, /, **fields: Any) -> bool:
            return super().info(message.upper(), **fields)

    lines, mocked = io.StringIO(), object()
    with Loud(lines, format="raw") as log:
        log.tag = "kept"  # type: ignore[attr-defined]
        log.info("override {a}", a=1)
        bound = log.bind(b=2)
        bound.info("of a derived one")
        assert bound.tag == "kept"  # type: ignore[attr-defined]
        log.warn("not overridden")
        with mock.patch.object(alog.Logger, "warn", return_value=mocked):
            assert log.warn("never") is mocked
        with mock.patch.object(log, "error", return_value=mocked):
            assert log.error("never") is mocked
        log.error("again")
    assert lines.getvalue() == "OVERRIDE {A}\nOF A DERIVED ONE\nnot overridden\nagain\n"


def test_a_logger_that_was_never_made_is_refused_as_any_half_made_object() -> None:
    with pytest.raises(AttributeError):
        alog.Logger.__new__(alog.Logger).info("nowhere")
    with pytest.raises((AttributeError, TypeError)):
        alog.Logger.info(object(), "nowhere")  # type: ignore[arg-type]


def test_no_call_keeps_or_loses_a_reference() -> None:
    message, text, number, value, other = "m" * 40 + "é", "t" * 40, 12345678901, 1.25e10, [1]
    objects = [message, text, number, value, other]
    with alog.Logger("file:/dev/null", overflow="drop-newest") as log:
        rounds = 10_000

        def calls(count: int) -> None:
            for _ in range(count):
                log.info(message)
                log.info(message, text=text, number=number, value=value, none=None, yes=True)
                log.debug(message, text=text)
                log.log(alog.Level.WARN, message, text=text)
                log.is_enabled(2)
            for _ in range(count // 100):
                log.info(message, other=other, text=text)

        calls(100)
        singletons = [None, True, False, alog.Level.WARN, log]
        before = [sys.getrefcount(it) for it in (*objects, *singletons)]
        calls(rounds)
        after = [sys.getrefcount(it) for it in (*objects, *singletons)]
    assert all(abs(was - now) < rounds // 200 for was, now in zip(before, after))
    assert before[: len(objects)] == after[: len(objects)]


def test_places_are_told_apart_also_when_there_are_very_many(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with alog.Logger(path, pattern="{file} {line} {message}") as log:
        for turn in range(2):
            for number in range(6000):  # more than are remembered; each code object goes at once
                source = "\n" * (number % 90) + "log.info(message)"
                exec(compile(source, f"f{number}.py", "exec"), {"log": log, "message": f"{turn}"})
        for _ in range(3):
            log.info("here"), log.info("here too")
    lines = path.read_text().splitlines()
    expected = [f"f{number}.py {number % 90 + 1} {turn}" for turn in range(2) for number in range(6000)]
    assert lines[:12000] == expected
    assert {line.split()[0] for line in lines[12000:]} == {"test_fast.py"}
    assert len({line.split()[1] for line in lines[12000:]}) == 1


def test_a_daemon_thread_that_waits_for_space_does_not_take_the_end_of_the_program_down(script: Script) -> None:
    done = script(
        """
import os, threading
import alog
_, pipe = os.pipe()
log = alog.Logger(f"fd:{pipe}", queue_bytes="4KiB", format="raw")
def work():
    while log.info("x" * 64) and log.info("x" * 64, number=1):
        pass
threading.Thread(target=work, daemon=True).start()
before = looks = 0
while looks < 2000:  # until nothing moves: the pipe is full, and the thread waits
    os.sched_yield()
    now = log.stats().accepted
    looks = looks + 1 if now == before else 0
    before = now
print(before > 500)
"""
    )
    assert (done.stdout, done.stderr) == ("True\n", "")
