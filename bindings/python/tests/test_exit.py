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


def test_an_end_that_runs_nothing_loses_no_more_than_the_queue_holds(script: Script, tmp_path: Path) -> None:
    script(
        """
import os, alog
log = alog.Logger("file:app.log", format="raw", queue_bytes="4KiB")
for number in range(20000):
    assert log.info(str(number))
    if number == 15000:
        log.flush()
os._exit(0)
"""
    )
    # The last line may be cut, as by every kill in the middle of a write.
    *lines, _rest = (tmp_path / "app.log").read_text().split("\n")
    assert lines == [str(number) for number in range(len(lines))]
    assert len(lines) > 15000 and 20000 - len(lines) <= 4096 // 24  # 24 bytes is the least that a record takes


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
import threading, alog, alog._callbacks, alog._lifetime
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
def refused(refuse=alog._callbacks.refuse):
    refuse()
    go.set()  # only now does the call in progress return
alog._callbacks.refuse = refused
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


def test_hooks_run_to_the_end_and_what_was_accepted_is_written(script: Script, tmp_path: Path) -> None:
    script(
        """
import alog
def count(record):
    record["n"] = int(record.message)
log = alog.Logger("file:app.log", pattern="{message} {field:n}", pre_hooks=[count], queue_bytes="4KiB")
child = log.child(post_hooks=[count], replace="pre_hooks")
for number in range(2000):
    assert (log, child)[number % 2].info(str(number))
"""
    )
    assert (tmp_path / "app.log").read_text().splitlines() == [f"{number} {number}" for number in range(2000)]


def test_threads_that_log_through_hooks_until_the_end_crash_nothing(script: Script, tmp_path: Path) -> None:
    for _ in range(5):
        script(
            """
import threading, alog
def touch(record):
    record["thread"] = threading.current_thread().name
log = alog.Logger("file:app.log", workers=2, pre_hooks=[touch], post_hooks=[touch], scheduler=lambda record, n: 1)
bare = alog.Logger("file:bare.log")
derived = bare.child(post_hooks=[touch], pre_hooks=[touch])
synchronous = alog.Logger(lambda lines: None, workers=0)
started = threading.Barrier(5)
def talk():
    started.wait()
    while True:
        log.info("x {a}", a=1)
        derived.info("y")
        bare.bind(a=1).info("z")
        synchronous.info("w")
for _ in range(4):
    threading.Thread(target=talk, daemon=True).start()
started.wait()
for _ in range(100):
    derived.info("main")
"""
        )
    assert all(" INFO - " in line for line in (tmp_path / "app.log").read_text().splitlines())


def test_a_hook_that_is_in_progress_at_exit_is_waited_for(script: Script) -> None:
    done = script(
        """
import threading, alog, alog._callbacks
entered, go = threading.Event(), threading.Event()
def slow(record):
    entered.set()
    go.wait(300)
    print("the hook has ended", flush=True)
log = alog.Logger("file:app.log", pre_hooks=[slow])
threading.Thread(target=log.info, args=("x",), daemon=True).start()
entered.wait()
def waited(wait=alog._callbacks.wait_for_callers):
    go.set()
    wait()
    print("nobody is inside", flush=True)
alog._callbacks.wait_for_callers = waited
"""
    )
    assert done.stdout == "the hook has ended\nnobody is inside\n"


def test_a_later_exit_handler_finds_loggers_with_hooks_stopped_and_others_open(script: Script, tmp_path: Path) -> None:
    script(
        """
import atexit
def last_words():  # registered first, so it runs last
    assert native.bind(a=1).info("last words")
    assert hooked.info("too late") is False
    assert child.info("too late") is False
atexit.register(last_words)
import alog
native = alog.Logger("file:app.log", format="raw")
hooked = alog.Logger("file:hooked.log", pre_hooks=[lambda record: None])
other = alog.Logger("file:other.log")
child = other.child(post_hooks=[lambda record: None])
"""
    )
    assert (tmp_path / "app.log").read_text() == "last words\n"


def test_an_exit_in_a_hook_is_its_error_and_ends_nothing(script: Script) -> None:
    done = script(
        """
import sys, alog
with alog.Logger("file:app.log", pre_hooks=[lambda record: sys.exit(3)]) as log:
    assert log.info("x")
    print(*(error.exception.code for error in log.errors()))
"""
    )
    assert done.stdout == "3\n"


def test_an_exit_handler_of_the_program_logs_without_a_caller(script: Script, tmp_path: Path) -> None:
    script(
        """
import atexit, alog
log = alog.Logger("file:app.log", format="json")
atexit.register(log.info, "bye", a=1)
"""
    )
    assert '"message":"bye","a":1' in (tmp_path / "app.log").read_text()


def test_daemon_threads_in_the_standard_logging_crash_nothing_at_the_end(script: Script, tmp_path: Path) -> None:
    for kind in ("logging.Logger", "alog.StandardLogger"):
        script(
            f"""
import logging, threading, alog
logging.setLoggerClass({kind})
handlers = [alog.Handler("file:app.log"), alog.Handler(lambda lines: None)]
logging.basicConfig(handlers=handlers[: 1 if {kind!r} == "alog.StandardLogger" else 2])
log = logging.getLogger("talk")
started = threading.Barrier(5)
def talk():
    started.wait()
    while True:
        log.warning("x %d", 1)
        log.error("y", extra={{"a": 1}})
for _ in range(4):
    threading.Thread(target=talk, daemon=True).start()
started.wait()
for number in range(200):
    log.warning("main")
"""
        )
    lines = (tmp_path / "app.log").read_text().splitlines()
    assert sum(line.endswith(" - main") for line in lines) == 400
    assert all(" - " in line for line in lines)


def test_tasks_that_wait_at_the_end_crash_nothing(script: Script, tmp_path: Path) -> None:
    script(
        """
import asyncio, threading, alog
log = alog.Logger("file:app.log", format="raw")
async def watch():
    async for error in log.errors():
        pass
async def main():
    asyncio.create_task(watch())
    asyncio.create_task(log.flush_async())
    log.info("x")
    await log.flush_async()
threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
asyncio.run(main())
"""
    )
    assert set((tmp_path / "app.log").read_text().split()) == {"x"}
