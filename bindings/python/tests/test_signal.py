"""Signals at a high rate: handlers that log on the main thread, amid calls and waits, and nothing unaccounted for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import Script

PROGRAM = """
import itertools, signal, sys, threading, alog
SIGNALS = 2000
told, numbers = [], itertools.count()  # a handler may interrupt another one
def ring(*_):
    assert threading.current_thread() is threading.main_thread()
    told.append(log.info("handler {n}", n=next(numbers), timeout=0))
log = alog.Logger("file:app.log", format="raw", queue_bytes="4KiB", overflow=sys.argv[1], workers=int(sys.argv[2]))
signal.signal(signal.SIGALRM, ring)
over = threading.Event()
counts = []
def load(name):
    mine, number = {True: 0, False: 0}, 0
    counts.append(mine)
    while not over.is_set():
        mine[log.info(f"{name} {number}") if number % 2 else log.info(name + " {n}", n=number)] += 1
        number += 1
others = [threading.Thread(target=load, args=(name,)) for name in ("one", "two")]
for thread in others:
    thread.start()
signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
number, mine = 0, {True: 0, False: 0}
while len(told) < SIGNALS:
    mine[log.info(f"main {number}")] += 1
    number += 1
    if number % 1000 == 0:
        mine[log.write_sync("info", f"main {number}")] += 1
        number += 1
        log.flush()
signal.setitimer(signal.ITIMER_REAL, 0)
over.set()
for thread in others:
    thread.join()
log.stop()
counts += [mine, {True: told.count(True), False: told.count(False)}]
stats = log.stats()
accepted, refused = (sum(count[is_taken] for count in counts) for is_taken in (True, False))
assert stats.accepted == stats.written == accepted, (stats, accepted)
assert sum(stats.rejected.values()) == refused == stats.attempted - accepted, (stats, refused)
lost = sum(error.count for error in log.errors())
assert lost == refused, (lost, refused)
print(accepted, refused, told.count(True), told.count(False))
"""


@pytest.mark.parametrize(("overflow", "workers"), [("block", "1"), ("drop-newest", "1"), ("drop-newest", "2")])
def test_handlers_that_log_at_a_high_rate_lose_nothing_without_counting_it(
    script: Script, tmp_path: Path, overflow: str, workers: str
) -> None:
    accepted, refused, told, untold = map(int, script(PROGRAM, overflow, workers).stdout.split())
    lines = (tmp_path / "app.log").read_text().splitlines()
    gaps = [re.fullmatch(r"alog: (\d+) records? lost: .*", line) for line in lines]
    records = [line.split() for line, gap in zip(lines, gaps) if not gap]
    assert len(records) == accepted and sum(int(gap[1]) for gap in gaps if gap) == refused
    for name in ("main", "handler", "one", "two"):
        numbers = [int(number) for who, number in records if who == name]
        in_order = sorted(numbers) if name == "handler" else numbers
        assert in_order == sorted(set(numbers)), name
    assert told + untold >= 2000 and told == sum(who == "handler" for who, _ in records)
    assert refused == untold or overflow != "block"
