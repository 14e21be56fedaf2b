"""Which library is loaded, and what an import says that finds none."""

from __future__ import annotations

import ctypes
import shutil
from pathlib import Path

import pytest

import alog
from alog import _loading, _native
from conftest import BINDING, BUILT, PACKAGE, Script

FAILS = "import sys\ntry:\n    import alog\nexcept ImportError as error:\n    print(error)\nelse:\n    sys.exit(9)\n"


def copy_of_the_package(directory: Path) -> Path:
    """Copies the Python of the package, without a library, to where it is no checkout and no installation."""
    copy = directory / "alog"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    return copy


def test_a_library_that_the_environment_names_is_the_only_candidate(
    monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    monkeypatch.setenv("ALOG_LIBRARY", "/missing/libalog.so")
    assert _loading.candidates() == ["/missing/libalog.so"]
    said = script(FAILS).stdout
    assert "cannot load the alog library; tried" in said
    assert "/missing/libalog.so: cannot open shared object file" in said


def test_otherwise_package_checkout_and_system_are_tried_in_this_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALOG_LIBRARY", raising=False)
    checkout = [str(BUILT)] if PACKAGE == BINDING / "src" / "alog" else []
    assert _loading.candidates() == [str(PACKAGE / "libalog.so"), *checkout, "libalog.so.1"]


def test_an_import_that_finds_nothing_names_everything_it_tried(
    monkeypatch: pytest.MonkeyPatch, script: Script, tmp_path: Path
) -> None:
    monkeypatch.delenv("ALOG_LIBRARY", raising=False)
    package = copy_of_the_package(tmp_path)
    said = script(FAILS).stdout  # the directory of the program comes first in sys.path
    assert f"{package}/libalog.so: " in said
    assert "libalog.so.1: " in said
    assert "target/release" not in said  # it is no checkout


def test_a_library_beside_the_package_is_loaded(
    monkeypatch: pytest.MonkeyPatch, script: Script, tmp_path: Path
) -> None:
    monkeypatch.delenv("ALOG_LIBRARY", raising=False)
    package = copy_of_the_package(tmp_path)
    shutil.copyfile(BUILT, package / "libalog.so")
    said = script("import alog._native\nprint(alog._native.library._name)").stdout
    assert said.strip() == f"{package}/libalog.so"


def test_a_library_that_another_part_of_the_process_has_loaded_is_used_too(
    monkeypatch: pytest.MonkeyPatch, script: Script, tmp_path: Path
) -> None:
    monkeypatch.delenv("ALOG_LIBRARY", raising=False)
    shutil.copyfile(BUILT, copy_of_the_package(tmp_path) / "libalog.so")
    theirs = tmp_path / "theirs.so"  # its SONAME is libalog.so.1, whatever it is called
    shutil.copyfile(BUILT, theirs)
    said = script(
        "import ctypes\n"
        f"theirs = ctypes.CDLL({str(theirs)!r})\n"
        "import alog\n"
        "print(alog.library_path())\n"
        "log = alog.Logger(name='shared')\n"
        "print(theirs.alog_find(b'shared', ctypes.byref(ctypes.c_uint64())))"
    ).stdout
    assert said.split() == [str(theirs), "0"]


def test_a_loaded_library_of_another_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _loading.loaded() is not None
    monkeypatch.setattr(_loading, "VERSION", "0.0.9")
    assert _loading.loaded() is None


def test_the_library_that_is_used_can_be_asked_for() -> None:
    assert Path(alog.library_path()).samefile(Path(_native.library._name))


def test_a_library_that_is_something_else_is_an_import_error(monkeypatch: pytest.MonkeyPatch, script: Script) -> None:
    monkeypatch.setenv("ALOG_LIBRARY", "libc.so.6")
    assert "libc.so.6 is not a complete alog library" in script(FAILS).stdout


def test_a_library_of_another_abi_is_an_import_error(monkeypatch: pytest.MonkeyPatch) -> None:
    library = ctypes.CDLL(str(BUILT))
    monkeypatch.setattr(_native, "ABI_VERSION", 99)
    with pytest.raises(ImportError, match=r"has version 1 of the C ABI; this package needs version 99"):
        _native.declare(library)


def test_an_import_starts_no_thread_and_loads_no_big_module(script: Script) -> None:
    said = script(
        "import sys, os, alog\nprint(len(os.listdir('/proc/self/task')), 'multiprocessing' in sys.modules, "
        "'asyncio' in sys.modules)"
    ).stdout
    assert said.split() == ["1", "False", "False"]


def test_another_interpreter_that_imports_ctypes_changes_nothing_here(script: Script) -> None:
    script(
        """
import sys, alog
if sys.implementation.name != "cpython":
    sys.exit()
try:
    import _interpreters as interpreters
    made = interpreters.create("legacy")
except ImportError:
    import _xxsubinterpreters as interpreters
    made = interpreters.create(isolated=False)
before = alog.Logger("memory:before", format="raw")
interpreters.run_string(made, "import ctypes")
after = alog.Logger("memory:after", format="raw")
handler = alog.Handler("file:app.log")
for log, name in (before, "before"), (after, "after"):
    for one in log, log.bind(b=2), log.child(name="x", post_hooks=[lambda record: None]):
        assert one.info("m {c}", c=[3]) and one.write_sync("info", "n") and one.is_enabled("info")
    log.levels = "debug"
    log.reconfigure(level="info")
    assert len(log.memory(name)) == 6 and log.stats().written == 6 and log.poll_error() is None
    assert log.error_fd() >= 0 and log.sink_stats()[0].written == 6
    log.reload(f"memory:{name}", level="warn")
    log.close()
alog.Logger(lambda lines: None, fields={"a": 1}, pre_hooks=[lambda record: None]).close()
"""
    )


def test_load_log_unload_in_a_loop_writes_everything(script: Script, tmp_path: Path) -> None:
    script(
        """
import sys, threading, _ctypes
ROUNDS, MESSAGES = 40, 200
left = []
def load_and_log(round):
    import alog
    assert alog.native is (sys.argv[1] == "native")
    log = alog.Logger("file:app.log", format="raw")
    left.append(log)
    for number in range(MESSAGES):
        assert log.info(f"{round} {number}") if number % 2 else log.info("{round} {number}", round=round, number=number)
    if round % 2:
        log.stop()
for round in range(ROUNDS):
    thread = threading.Thread(target=load_and_log, args=(round,))  # what it leaves in a thread keeps no library
    thread.start()
    thread.join()
    _ctypes.dlclose(sys.modules["alog"]._native.library._handle)  # every other time while the worker is at it
    for name in [name for name in sys.modules if name.split(".")[0] == "alog"]:
        del sys.modules[name]
for log in left:
    log.stop()
    stats = log.stats()
    assert stats.accepted == stats.written == MESSAGES, stats
    log.close()
""",
        "native" if alog.native else "ctypes",
    )
    records = [tuple(map(int, line.split())) for line in (tmp_path / "app.log").read_text().splitlines()]
    assert sorted(records) == [(round, number) for round in range(40) for number in range(200)]
    for round in range(40):
        numbers = [number for of, number in records if of == round]
        assert numbers == sorted(numbers)
