"""A process that is killed: the next logger with its ``crash_dir`` writes what it had accepted."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from conftest import Script

import alog


def test_what_a_killed_process_accepted_is_written_by_the_next_logger(script: Script, tmp_path: Path) -> None:
    script(
        """
import os, signal, alog
from pathlib import Path
log = alog.Logger("file:never.log", name="shop", writer="caller", crash_dir=Path("queues"))
log.info("first")
for number in range(100):
    assert log.warn("order {id}", id=number)
os.kill(os.getpid(), signal.SIGKILL)
""",
        status=-signal.SIGKILL,
    )
    path = tmp_path / "app.log"
    with alog.Logger(f"file:{path}", crash_dir=tmp_path / "queues", pattern="{logger}|{level}|{message}") as log:
        pass
    assert log.stats().recovered == log.stats().written == 101
    found = [line for line in path.read_text().splitlines() if "alog: " not in line]
    assert found == ["shop|INFO|first"] + [f"shop|WARN|order {number}" for number in range(100)]
    assert list((tmp_path / "queues").iterdir()) == []


def test_a_message_that_no_queue_in_a_file_takes_is_refused_with_both_keys(tmp_path: Path) -> None:
    with pytest.raises(alog.ConfigError, match="max_message_bytes=524288 .*crash_dir"):
        alog.Logger("file:/dev/null", crash_dir=tmp_path / "queues", max_message_bytes="512KiB")
