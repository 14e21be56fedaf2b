"""What the tests share: places, a destination that waits, a child process, and a net under a hang."""

from __future__ import annotations

import faulthandler
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

import alog

PACKAGE = Path(alog.__file__).parent  # what is tested: that of the tree, or one that is installed
BINDING = Path(__file__).resolve().parents[1]
REPOSITORY = BINDING.parents[1]
BUILT = REPOSITORY / "target" / "release" / "libalog.so"
HANG = 120.0
"""Seconds after which a wait is a hang: no test depends on how long anything takes."""


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    faulthandler.dump_traceback_later(2 * HANG, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


class Gate:
    """A destination that waits until it is told to go on: a slow disk without a clock."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()
        self.batches: list[bytes] = []

    def __call__(self, lines: bytes) -> None:
        self.entered.set()
        assert self.open.wait(HANG)
        self.batches.append(lines)

    def lines(self) -> list[bytes]:
        return b"".join(self.batches).splitlines()


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()  # whatever failed, the writer thread is let go


Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Runs a program in a process of its own, in an empty directory, and checks that it ends with 0."""

    def run(source: str, *arguments: str, status: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = dict(os.environ, PYTHONPATH=str(PACKAGE.parent), PYTHONDONTWRITEBYTECODE="1", **variables)
        file = tmp_path / "program.py"  # a file: multiprocessing cannot import what came by -c
        file.write_text(source)
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", str(file), *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=HANG,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    return run


def eventually(condition: Callable[[], object]) -> None:
    """Waits for what a thread of the library is about to do."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        os.sched_yield()


def run(*command: str, cwd: Path, **environment: str) -> str:
    """Runs a command, checks that it ends with 0, and gives what it said."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
