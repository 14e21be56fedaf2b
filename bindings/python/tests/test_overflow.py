"""What a full queue does, with a destination that stands still until it is told to go on."""

from __future__ import annotations

import os
import threading

import pytest

import alog
from alog import Logger, Status
from conftest import HANG, Gate

MESSAGE = "x" * 100


def fill(log: Logger, gate: Gate) -> int:
    """Logs until the queue takes no more while the destination stands still; returns how many were accepted."""
    assert log.info(MESSAGE)
    assert gate.entered.wait(HANG)
    accepted = 1
    while log.info(MESSAGE):
        accepted += 1
    return accepted


def test_drop_newest_returns_false_counts_and_reports_every_loss(gate: Gate) -> None:
    with Logger(gate, queue_bytes="4KiB", overflow="drop-newest") as log:
        accepted = fill(log, gate)
        assert log.write("info", MESSAGE) is Status.DROPPED
        assert log.write_sync("info", MESSAGE) is False
        stats = log.stats()
        assert (stats.accepted, stats.rejected["full"]) == (accepted, 3)
        gate.open.set()
        log.flush()
        full = [error for error in log.errors() if error.status is Status.ERR_QUEUE_FULL]
        assert sum(error.count for error in full) == 3
    lines = gate.lines()
    assert sum(line.endswith(MESSAGE.encode()) for line in lines) == accepted
    gaps = [line for line in lines if b"WARN - alog: " in line]
    assert sum(int(line.split(b"alog: ")[1].split()[0]) for line in gaps) == 3
    assert log.stats().gap_lines == len(gaps) >= 1


def test_block_with_a_deadline_returns_false_when_it_passes(gate: Gate) -> None:
    with Logger(gate, queue_bytes="4KiB", overflow="block:1ms") as log:
        accepted = fill(log, gate)
        assert log.write("info", MESSAGE) is Status.ERR_TIMEOUT
        stats = log.stats()
        assert (stats.accepted, stats.rejected["timeout"]) == (accepted, 2)
        gate.open.set()
    assert sum(line.endswith(MESSAGE.encode()) for line in gate.lines()) == accepted


def test_block_waits_for_a_destination_in_python_without_a_deadlock(gate: Gate) -> None:
    count = 1000
    taken: list[bool] = []
    with Logger(gate, queue_bytes="4KiB", overflow="block") as log:
        producer = threading.Thread(target=lambda: taken.extend(log.info(MESSAGE) for _ in range(count)))
        producer.start()
        assert gate.entered.wait(HANG)
        gate.open.set()  # this thread could only get here because a blocked call does not keep the interpreter's lock
        producer.join()
    assert taken == [True] * count
    assert len(gate.lines()) == count


def test_stop_lets_blocked_callers_go(gate: Gate) -> None:
    outcomes: list[Status] = []

    def produce() -> None:
        while not outcomes or outcomes[-1] is Status.OK:
            outcomes.append(log.write("info", MESSAGE))

    other = Gate()
    with Logger(other, queue_bytes="4KiB", overflow="drop-newest") as like:
        full = fill(like, other)
        other.open.set()
    log = Logger(gate, queue_bytes="4KiB", overflow="block")
    producer = threading.Thread(target=produce)
    producer.start()
    while log.stats().accepted < full:
        os.sched_yield()
    with pytest.raises(alog.TimeoutError, match="records are not written yet"):
        log.stop(0)
    producer.join()
    gate.open.set()
    log.stop()
    assert outcomes.pop() is Status.ERR_STOPPED
    assert len(gate.lines()) == len(outcomes) == log.stats().accepted


def test_a_message_from_a_destination_never_waits_for_space(gate: Gate) -> None:
    outcomes: list[Status] = []

    def talkative(_: bytes) -> None:
        while not outcomes or outcomes[-1] is Status.OK:
            outcomes.append(log.write("info", MESSAGE))

    with Logger(talkative, queue_bytes="4KiB", overflow="block") as log:
        log.info(MESSAGE)
        log.flush()
    assert outcomes[-1] is Status.ERR_WOULD_DEADLOCK
    assert log.stats().rejected["would_deadlock"] == 1


def test_the_account_holds_while_threads_log_and_records_are_lost(gate: Gate) -> None:
    with Logger(gate, queue_bytes="4KiB", overflow="drop-newest") as log:
        threads = [threading.Thread(target=lambda: [log.info(MESSAGE) for _ in range(500)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        gate.open.set()
        for _ in range(200):
            stats = log.stats()
            assert stats.attempted == stats.accepted + sum(stats.rejected.values())
            assert stats.accepted == stats.written + stats.failed + sum(stats.dropped.values()) + stats.pending
        for thread in threads:
            thread.join()
    stats = log.stats()
    assert stats.attempted == 2000
    assert stats.written == stats.accepted == sum(line.endswith(MESSAGE.encode()) for line in gate.lines())


def test_records_for_no_sink_are_dropped_by_name() -> None:
    with Logger(alog.Sink("console:", level="error")) as log:
        assert log.info("for nobody")
        log.flush()
        assert log.stats().dropped == {"filtered": 1, "oldest": 0, "suppressed": 0}
