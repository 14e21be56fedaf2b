"""What nobody catches is in the log before the program dies."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import sys
import threading
from typing import Any

import pytest

import alog
from conftest import Gate, Script

HEAD = """
import sys, threading
import alog
log = alog.Logger("file:app.log", format="json", time_key="")
alog.log_uncaught(log)
"""


def records(tmp_path: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "app.log").read_text().splitlines()]


def test_an_exception_that_ends_the_program_is_written_with_its_traceback(script: Script, tmp_path: Any) -> None:
    done = script(HEAD + "def deep():\n    raise ValueError('no more')\ndeep()\n", status=1)
    assert "ValueError: no more" in done.stderr  # what was there before is called, too
    (record,) = records(tmp_path)
    assert (record["level"], record["message"]) == ("FATAL", "uncaught exception")
    assert (record["error"], record["error_type"]) == ("no more", "ValueError")
    assert "in deep" in record["traceback"] and record["traceback"].endswith("ValueError: no more")
    assert record["source"].startswith("program.py:")


def test_it_is_written_also_where_nothing_else_runs_at_the_end(script: Script, tmp_path: Any) -> None:
    end = "before = sys.excepthook\nimport os\ndef hook(*args):\n    before(*args)\n    os._exit(5)\nsys.excepthook = hook\n"
    script(HEAD + end + "1 / 0\n", status=5)
    assert [record["error_type"] for record in records(tmp_path)] == ["ZeroDivisionError"]


@pytest.mark.parametrize("end", ["raise KeyboardInterrupt", "sys.exit(3)"])
def test_a_way_to_end_is_no_fault(script: Script, tmp_path: Any, end: str) -> None:
    script(HEAD + end, status=-2 if "Keyboard" in end else 3)
    assert records(tmp_path) == []


def test_an_exception_that_ends_a_thread_is_an_error(script: Script, tmp_path: Any) -> None:
    script(HEAD + "thread = threading.Thread(target=lambda: 1 / 0, name='reader')\nthread.start()\nthread.join()\n")
    (record,) = records(tmp_path)
    assert (record["level"], record["thread"], record["error_type"]) == ("ERROR", "reader", "ZeroDivisionError")


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hooks that only note that they were called."""
    called: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: called.append("sys"))
    monkeypatch.setattr(threading, "excepthook", lambda args: called.append("thread"))
    monkeypatch.setattr(sys, "unraisablehook", lambda args: called.append("unraisable"))
    return called


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


def end_with(error: BaseException) -> None:
    sys.excepthook(type(error), error, error.__traceback__)


def test_each_exception_is_logged_once_by_the_last_that_is_not_restored(quiet: list[str]) -> None:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    one, two = io.StringIO(), io.StringIO()
    pattern = "{message} {field:error}"
    with alog.Logger(one, pattern=pattern) as first, alog.Logger(two, pattern=pattern) as second:
        outer, again, inner = alog.log_uncaught(first), alog.log_uncaught(first), alog.log_uncaught(second)
        end_with(raised(ValueError("a")))
        inner.restore()
        inner.restore()
        end_with(raised(ValueError("b")))
        again.restore()
        outer.restore()
        end_with(raised(ValueError("c")))
    assert (one.getvalue(), two.getvalue()) == ("uncaught exception b\n", "uncaught exception a\n")
    assert quiet == ["sys"] * 3
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_a_hook_that_took_the_place_of_ours_stays(quiet: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = io.StringIO()
    with alog.Logger(lines, pattern="{message}") as log:
        uncaught = alog.log_uncaught(log)
        ours = sys.excepthook
        monkeypatch.setattr(sys, "excepthook", lambda *args: ours(*args))
        end_with(raised(ValueError("a")))
        uncaught.restore()
        end_with(raised(ValueError("b")))
        with alog.log_uncaught(log):
            end_with(raised(ValueError("c")))
        monkeypatch.setattr(sys, "excepthook", ours)
        alog.log_uncaught(log).restore()
    assert lines.getvalue() == "uncaught exception\n" * 2
    assert quiet == ["sys"] * 3


def test_what_leaves_a_with_is_logged_there_and_not_again(quiet: list[str]) -> None:
    lines = io.StringIO()
    with alog.Logger(lines, pattern="{level} {field:error}") as log:
        with pytest.raises(ValueError) as found, alog.log_uncaught(log):
            raise ValueError("left")
        assert lines.getvalue() == "FATAL left\n"
        with pytest.raises(SystemExit), alog.log_uncaught(log):
            sys.exit()
        with alog.log_uncaught(log):
            end_with(found.value)
    assert lines.getvalue() == "FATAL left\n"


def test_what_python_cannot_raise_is_an_error(quiet: list[str]) -> None:
    class Bad:
        def __del__(self) -> None:
            raise OSError("in del")

    lines = io.StringIO()
    with alog.Logger(lines, pattern="{level} {field:error} {field:object}") as log, alog.log_uncaught(log):
        bad: Any = Bad()
        del bad
        gc.collect()
    assert lines.getvalue().startswith("ERROR in del <function ") and quiet == ["unraisable"]


def test_a_handler_of_asyncio_logs_what_a_callback_leaves(quiet: list[str]) -> None:
    lines = io.StringIO()
    with alog.Logger(lines, pattern="{level} {field:error_type}") as log, alog.log_uncaught(log) as uncaught:

        async def main() -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(uncaught.handle_loop)
            done = loop.create_future()
            loop.call_soon(lambda: 1 / 0)
            loop.call_soon(lambda: done.set_result(None))
            await done

        asyncio.run(main())
    assert lines.getvalue() == "ERROR ZeroDivisionError\n"


def test_a_traceback_that_makes_the_record_too_long_is_left_out(quiet: list[str]) -> None:
    lines = io.StringIO()
    with alog.Logger(lines, format="json", max_message_bytes=120) as log, alog.log_uncaught(log):
        end_with(raised(ValueError("short")))
    records = [json.loads(line) for line in lines.getvalue().splitlines()]
    (record,) = [record for record in records if "error" in record]  # beside the line about the first try
    assert record["error"] == "short" and "traceback" not in record


def test_a_logger_that_is_closed_keeps_nobody_from_the_hook_before(quiet: list[str]) -> None:
    log = alog.Logger(io.StringIO())
    with alog.log_uncaught(log):
        log.close()
        end_with(raised(ValueError("a")))
    assert quiet == ["sys"]


@pytest.mark.parametrize("setting", [{}, {"workers": 0}, {"workers": 2}, {"writer": "caller"}, {"queue_bytes": 0}])
def test_a_fatal_message_is_written_when_the_call_returns(setting: dict[str, Any]) -> None:
    lines = io.StringIO()
    with alog.Logger(lines, format="raw", **setting) as log:
        assert log.fatal("a") and lines.getvalue() == "a\n"
        assert log.fatal("b {n}", n=1) and log.log("fatal", "c")
        assert lines.getvalue() == "a\nb 1\nc\n"
        assert log.bind(n=2).fatal("d") and lines.getvalue().endswith("d\n")


def test_a_fatal_message_waits_for_a_destination_and_lets_others_run(gate: Gate) -> None:
    with alog.Logger(gate, format="raw") as log:
        thread = threading.Thread(target=log.fatal, args=("last words",))
        thread.start()
        assert gate.entered.wait(120)
        gate.open.set()  # it waits without the GIL: otherwise this line is never reached
        thread.join()
        assert gate.lines() == [b"last words"]
        assert log.fatal("no wait", timeout=0)
