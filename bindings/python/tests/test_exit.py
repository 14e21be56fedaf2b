"""The end of the interpreter: nothing that was accepted is lost, and nothing crashes."""

from __future__ import annotations

from pathlib import Path

from conftest import Script


def test_exit_without_stop_writes_everything(script: Script, tmp_path: Path) -> None:
    script(
        """
import alog
log = alog.Logger("file:app.log", format="raw")
for number in range(10000):
    assert log.info(str(number))
"""
    )
    assert (tmp_path / "app.log").read_text().split() == [str(number) for number in range(10000)]


def test_sys_exit_and_an_exception_write_everything(script: Script, tmp_path: Path) -> None:
    for end in ("sys.exit(3)", "raise SystemExit(3)"):
        script(f"import sys, alog\nlog = alog.Logger('file:app.log', format='raw')\nlog.info('x')\n{end}", status=3)
    script("import alog\nlog = alog.Logger('file:app.log', format='raw')\nlog.info('x')\n1/0", status=1)
    assert (tmp_path / "app.log").read_text() == "x\nx\nx\n"


def test_exit_delivers_to_a_destination_in_python_while_there_is_an_interpreter(script: Script, tmp_path: Path) -> None:
    script(
        """
import alog
file = open("app.log", "w")
log = alog.Logger(file, format="raw", queue_bytes="4KiB")
for number in range(10000):
    assert log.info(str(number))
"""
    )
    assert (tmp_path / "app.log").read_text().split() == [str(number) for number in range(10000)]


def test_a_queue_that_is_busy_at_exit_loses_nothing(script: Script, tmp_path: Path) -> None:
    script(
        """
import atexit, threading, alog
go, entered = threading.Event(), threading.Event()
file = open("app.log", "wb")
def slow(lines):
    entered.set()
    assert go.wait(300)
    file.write(lines)
    file.flush()
log = alog.Logger(slow, format="raw")
for number in range(1000):
    assert log.info(str(number))
assert entered.wait(300)
atexit.register(go.set)  # runs before the package's own handler, after the last line of the program
"""
    )
    assert (tmp_path / "app.log").read_text().split() == [str(number) for number in range(1000)]


def test_a_later_exit_handler_can_still_log_to_a_file(script: Script, tmp_path: Path) -> None:
    script(
        """
import atexit
def last_words():  # registered first, so it runs last
    assert native.info("last words")
    assert in_python.info("too late") is False
atexit.register(last_words)
import alog
native = alog.Logger("file:app.log", format="raw")
in_python = alog.Logger(lambda lines: None)
"""
    )
    assert (tmp_path / "app.log").read_text() == "last words\n"


def test_threads_that_log_until_the_end_crash_nothing(script: Script, tmp_path: Path) -> None:
    script(
        """
import threading, alog
file = open("python.log", "wb")
native, in_python = alog.Logger("file:native.log"), alog.Logger(file)
started = threading.Barrier(5)
def talk():
    started.wait()
    while True:
        native.info("x")
        in_python.info("x")
for _ in range(4):
    threading.Thread(target=talk, daemon=True).start()
started.wait()
"""
    )
    for name in ("native.log", "python.log"):
        assert all(line.endswith(" INFO - x") for line in (tmp_path / name).read_text().splitlines())


def test_a_destination_that_is_slower_than_the_bound_is_refused_what_is_left(script: Script, tmp_path: Path) -> None:
    done = script(
        """
import threading, alog, alog._lifetime
alog._lifetime.EXIT_MS = 0
entered, go = threading.Event(), threading.Event()
def slow(lines):
    entered.set()
    go.wait(300)
    print("delivered", lines)
log = alog.Logger(slow, format="raw", queue_bytes="4KiB")
log.info("first")
entered.wait()
log.info("second")
def refused(refuse=alog.sinks.refuse):
    refuse()
    go.set()  # only now does the call in progress return
alog.sinks.refuse = refused
"""
    )
    assert done.stdout == "delivered b'first\\n'\n"


def test_loggers_of_an_abandoned_kind_crash_nothing_at_exit(script: Script, tmp_path: Path) -> None:
    script(
        """
import alog
file = open("app.log", "wb")
for number in range(50):
    alog.Logger(file, format="raw").info(str(number))
"""
    )
    assert sorted(map(int, (tmp_path / "app.log").read_text().split())) == list(range(50))
