"""Servers that fork workers, kill and restart them; pools of processes; forks in threads: nothing lost, nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Script


def numbers(file: Path) -> dict[str, list[int]]:
    """The numbers that each process wrote, in the order of the file."""
    found: dict[str, list[int]] = {}
    for line in file.read_text().splitlines():
        if not line.startswith("alog: "):  # which tells what was refused when a signal ended a wait
            who, number = line.split()
            found.setdefault(who, []).append(int(number))
    return found


def test_workers_that_sigterm_ends_have_written_what_they_accepted(script: Script, tmp_path: Path) -> None:
    done = script(
        """
import os, signal, sys, alog
log = alog.Logger("file:app.log", format="raw", queue_bytes="16KiB")
read, write = os.pipe()

def worker():
    def end(*_):
        raise SystemExit(0)
    number = 0
    try:
        signal.signal(signal.SIGTERM, end)
        while True:
            log.info(f"{os.getpid()} {number}")
            number += 1
            if number == 100:
                os.write(write, b"x")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.write(1, f"{os.getpid()} {log.stats().accepted}\\n".encode())

def start():
    pid = os.fork()
    if pid == 0:
        worker()
    return pid

workers = [start() for _ in range(3)]
for round in range(4):
    for _ in workers:
        assert os.read(read, 1) == b"x"  # each is at it
    log.info(f"{os.getpid()} {round}")
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
    for pid in workers:
        assert os.waitpid(pid, 0)[1] == 0
    workers = [start() for _ in range(3)] if round < 3 else []
print(os.getpid(), log.stats().accepted)
"""
    )
    found = numbers(tmp_path / "app.log")
    accepted = {who: int(count) for who, count in (line.split() for line in done.stdout.splitlines())}
    assert {who: len(lines) for who, lines in found.items()} == accepted
    assert len(accepted) == 13
    for lines in found.values():
        assert lines == sorted(set(lines))


def test_a_worker_that_is_killed_leaves_whole_lines_and_the_others_alone(script: Script, tmp_path: Path) -> None:
    script(
        """
import os, signal, alog
log = alog.Logger("file:app.log", format="raw", queue_bytes="16KiB")
read, write = os.pipe()
for round in range(10):
    pid = os.fork()
    if pid == 0:
        number = 0
        while True:
            log.info(f"{os.getpid()} {number}")
            number += 1
            if number == 200:
                os.write(write, b"x")
    assert os.read(read, 1) == b"x"
    os.kill(pid, signal.SIGTERM if round % 2 else signal.SIGKILL)
    assert os.waitpid(pid, 0)[1] in (signal.SIGTERM, signal.SIGKILL)
    assert log.info(f"{os.getpid()} {round}")
log.stop()
"""
    )
    found = numbers(tmp_path / "app.log")
    for lines in found.values():
        assert lines == list(range(len(lines)))
    assert list(range(10)) in found.values()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_that_log_much_to_one_file_lose_and_repeat_nothing(
    script: Script, tmp_path: Path, method: str
) -> None:
    script(
        f"""
import multiprocessing, os, alog
def work(number):
    log = alog.Logger("file:app.log", format="raw", queue_bytes="16KiB")
    for count in range(2000):
        assert log.info(f"{{number}} {{count}}")
    if number % 2:
        log.stop()
        assert log.stats().written == 2000
    else:
        keep.append(log)  # the end of the process writes what is left
keep = []
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    children = [context.Process(target=work, args=(number,)) for number in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join(300)
        assert child.exitcode == 0
"""
    )
    found = numbers(tmp_path / "app.log")
    assert found == {str(number): list(range(2000)) for number in range(4)}


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_with_a_logger_per_process_writes_all_before_it_is_joined(
    script: Script, tmp_path: Path, method: str
) -> None:
    script(
        f"""
import multiprocessing, alog
def begin():
    global log
    log = alog.Logger("file:app.log", format="raw")
def work(number):
    return log.info(f"pool {{number}}")
if __name__ == "__main__":
    pool = multiprocessing.get_context({method!r}).Pool(3, begin)
    assert all(pool.map(work, range(500)))
    pool.close()  # the end of a `with` would kill the processes: then a task has to call log.flush()
    pool.join()
"""
    )
    assert sorted(numbers(tmp_path / "app.log")["pool"]) == list(range(500))


@pytest.mark.parametrize("end", ["return", "os._exit(0)", "sys.exit(0)"])
def test_a_child_that_a_thread_forked_logs_and_ends(script: Script, tmp_path: Path, end: str) -> None:
    script(
        f"""
import os, sys, threading, alog
log = alog.Logger("file:app.log", format="raw")
main = os.getpid()
def talk(name):
    for number in range(200):
        assert log.info(f"{{name}} {{number}}")
def fork():
    pid = os.fork()
    if pid == 0:
        talk("child")
        log.flush()
        {end}
    talk("thread")
    assert os.waitpid(pid, 0)[1] == 0
failed = []
threading.excepthook = failed.append
threads = [threading.Thread(target=fork), threading.Thread(target=talk, args=("other",))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if os.getpid() == main:
    assert not failed, failed
"""
    )
    found = numbers(tmp_path / "app.log")
    assert found == {name: list(range(200)) for name in ("child", "thread", "other")}


def test_logging_and_its_handlers_work_in_parent_and_child(script: Script, tmp_path: Path) -> None:
    script(
        """
import logging, os, sys, alog
logging.setLoggerClass(alog.StandardLogger)
logging.basicConfig(handlers=[alog.Handler("file:app.log", format="raw")], level=logging.INFO)
log = logging.getLogger("shop")
log.info("before 0")
pid = os.fork()
for number in range(500):
    log.info("%s %d", "parent" if pid else "child", number)
if pid == 0:
    logging.getLogger("new.in.child").error("new %d", 0)
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
"""
    )
    found = numbers(tmp_path / "app.log")
    assert found == {"before": [0], "new": [0], "parent": list(range(500)), "child": list(range(500))}


def test_an_end_that_runs_nothing_loses_only_what_was_not_flushed(script: Script, tmp_path: Path) -> None:
    script(
        """
import os, alog
log = alog.Logger("file:app.log", format="raw")
for number in range(500):
    log.info(f"flushed {number}")
log.flush()
log.info("perhaps 0")
os._exit(0)
"""
    )
    found = numbers(tmp_path / "app.log")
    assert found["flushed"] == list(range(500))
    assert found.get("perhaps", [0]) == [0]
