"""fork: both processes log at once, nothing twice, nothing lost, no deadlock."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conftest import Script


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


def test_parent_and_child_log_with_the_same_object(script: Script, tmp_path: Path) -> None:
    script(
        """
import os, sys, alog
log = alog.Logger("file:app.log", format="raw")
for number in range(1000):
    log.info(f"parent before {number}")
child = os.fork()
if child == 0:
    for number in range(1000):
        assert log.info(f"child {number}")
    assert log.stats().accepted == 1000
    sys.exit(0)
for number in range(1000):
    log.info(f"parent after {number}")
assert os.waitpid(child, 0)[1] == 0
assert log.stats().accepted == 2000
"""
    )
    found = lines(tmp_path / "app.log")
    for who in ("parent before", "parent after", "child"):
        assert [line for line in found if line.startswith(who)] == [f"{who} {number}" for number in range(1000)]
    assert len(found) == 3000


def test_a_child_delivers_to_a_destination_in_python(script: Script, tmp_path: Path) -> None:
    script(
        """
import os, sys, alog
file = open("app.log", "ab", buffering=0)
log = alog.Logger(file, format="raw")
log.info("parent")
log.flush()
child = os.fork()
if child == 0:
    assert log.info("child")
    if "stop" in sys.argv:
        log.stop()
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
log.info("parent again")
""",
    )
    assert lines(tmp_path / "app.log") == ["parent", "child", "parent again"]


def test_a_child_can_stop_and_close_without_the_parent_noticing(script: Script, tmp_path: Path) -> None:
    script(
        """
import os, alog
log = alog.Logger("file:app.log", format="raw")
log.info("parent")
child = os.fork()
if child == 0:
    log.info("child")
    log.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert log.info("parent again")
log.close()
"""
    )
    assert sorted(lines(tmp_path / "app.log")) == ["child", "parent", "parent again"]


def test_forks_under_load_never_hang_and_never_repeat_a_line(script: Script, tmp_path: Path) -> None:
    script(
        """
import os, sys, threading, alog
log = alog.Logger("file:app.log", format="raw", queue_bytes="4KiB")
python = alog.Logger(open("python.log", "ab", buffering=0), format="raw", queue_bytes="4KiB")
done = threading.Event()
def talk(name):
    number = 0
    while not done.is_set():
        log.info(f"{name} {number}")
        python.info(f"{name} {number}")
        number += 1
threads = [threading.Thread(target=talk, args=(name,)) for name in range(3)]
for thread in threads:
    thread.start()
for round in range(100):
    child = os.fork()
    if child == 0:
        assert log.info(f"child {round}")
        assert python.info(f"child {round}")
        log.close()
        python.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, round
done.set()
for thread in threads:
    thread.join()
"""
    )
    for name in ("app.log", "python.log"):
        count = Counter(lines(tmp_path / name))
        assert max(count.values()) == 1
        assert all(count[f"child {number}"] == 1 for number in range(100))


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("imported", ["before", "in the child", "after multiprocessing"])
def test_multiprocessing_writes_what_its_children_logged(
    script: Script, tmp_path: Path, method: str, imported: str
) -> None:
    script(
        f"""
{"import alog" if imported == "before" else ""}
import multiprocessing
{"import alog" if imported == "after multiprocessing" else ""}
def work(number):
    import alog
    log = alog.Logger("file:app.log", format="raw")
    assert log.info(f"child {{number}}")
    keep.append(log)  # never stopped, never collected: the end of the process has to write it
keep = []
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    children = [context.Process(target=work, args=(number,)) for number in range(5)]
    for child in children:
        child.start()
    for child in children:
        child.join(300)
        assert child.exitcode == 0
"""
    )
    assert sorted(lines(tmp_path / "app.log")) == [f"child {number}" for number in range(5)]


def test_a_logger_of_the_parent_works_in_a_pool(script: Script, tmp_path: Path) -> None:
    script(
        """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
import alog
log = alog.Logger("file:app.log", format="raw")
python = alog.Logger(open("python.log", "ab", buffering=0), format="raw")
def work(number):
    return log.info(str(number)) and python.info(str(number))
if __name__ == "__main__":
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("fork")) as pool:
        assert all(pool.map(work, range(200)))
"""
    )
    for name in ("app.log", "python.log"):
        assert sorted(map(int, lines(tmp_path / name))) == list(range(200))


def test_children_hooks_and_levels_work_in_both_processes(script: Script, tmp_path: Path) -> None:
    script(
        """
import os, sys, alog
def add(record):
    record["pid"] = os.getpid()
log = alog.Logger("file:app.log", pattern="{message} {field:who} {field:pid}", pre_hooks=[add])
bound = log.bind(who="bound")
posted = bound.child(post_hooks=[add], replace="pre_hooks")
bound.info("before")
child = os.fork()
if child == 0:
    assert all(each.info("x") for each in (bound, posted))
    log.levels = "debug"
    assert bound.debug("child a") and posted.debug("child b") and log.bind(who="new").debug("child c")
    log.stop()
    assert list(log.errors()) == []
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert not log.is_enabled("debug") and not bound.debug("x")
assert posted.info("after")
log.stop()
print(os.getpid(), child)
"""
    )
    found = [line.rsplit(" ", 1) for line in lines(tmp_path / "app.log") if not line.startswith("x ")]
    assert sorted(text for text, _ in found) == [
        "after bound",
        "before bound",
        "child a bound",
        "child b bound",
        "child c new",
    ]
    assert len({pid for text, pid in found if text.startswith("child")}) == 1
    assert len({pid for _, pid in found}) == 2


def test_forks_under_load_with_hooks_and_children_never_hang(script: Script, tmp_path: Path) -> None:
    script(
        """
import os, sys, threading, alog
def add(record):
    record["n"] = 1
log = alog.Logger("file:app.log", format="raw", queue_bytes="4KiB", pre_hooks=[add], post_hooks=[add])
done = threading.Event()
def talk(name):
    number = 0
    while not done.is_set():
        log.bind(name=name).info(f"{name} {number}")
        number += 1
threads = [threading.Thread(target=talk, args=(name,)) for name in range(3)]
for thread in threads:
    thread.start()
for round in range(50):
    child = os.fork()
    if child == 0:
        bound = log.child(fields={"a": 1}, post_hooks=[add])
        assert bound.info(f"child {round}")
        if round % 2:
            log.close()
            os._exit(0)
        del bound, log
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0, round
done.set()
for thread in threads:
    thread.join()
"""
    )
    count = Counter(lines(tmp_path / "app.log"))
    assert max(count.values()) == 1
    assert all(count[f"child {number}"] == 1 for number in range(50))


def test_a_fork_in_a_hook_leaves_both_processes_working(script: Script, tmp_path: Path) -> None:
    script(
        """
import os, sys, alog
children = []
def fork(record):
    if record.message == "fork" and not children:
        children.append(os.fork())
log = alog.Logger("file:app.log", format="raw", pre_hooks=[fork])
log.info("fork")
if children[0] == 0:
    assert log.info("child")
    sys.exit(0)
assert os.waitpid(children[0], 0)[1] == 0
assert log.info("parent")
"""
    )
    assert {"child", "parent", "fork"} <= set(lines(tmp_path / "app.log"))
