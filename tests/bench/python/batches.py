"""Measures logging calls of Python in batches.

Each batch is 5000 calls, which fit into alog's queue, so that no call waits for the writer; what is queued is written
between the batches. All subjects of a program take turns. What the loop itself takes is subtracted.
"""

from __future__ import annotations

import gc
import statistics
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any, Callable

CALLS = 5000
#: What is logged: 64 bytes.
MESSAGE = "order 4711 of customer 0815 was accepted after 12 ms, 3 articles"
#: What is logged with two fields: a number, order, and a text, customer.
FIELDS_MESSAGE = "order was accepted"
CUSTOMER = "ACME 0815"


@dataclass
class Subject:
    """One way to log: logs an iterable's length of messages, one for each of its numbers."""

    name: str
    loop: Callable[[range], Any]
    #: Waits until what is queued is written.
    flush: Callable[[], Any] = lambda: None
    times: list[float] = field(default_factory=list)


def messages(log: Callable[[str], Any]) -> Callable[[range], Any]:
    """Gives the loop that logs nothing but the message."""

    def loop(numbers: range) -> None:
        for _ in numbers:
            log(MESSAGE)

    return loop


def _do_nothing(numbers: range) -> None:
    for _ in numbers:
        pass


def run(batches: int, subjects: list[Subject], calls: int = CALLS) -> None:
    """Measures all of them; prints lines "name TAB number": the median of the batches, nanoseconds of one call."""
    nothing = Subject("", _do_nothing)
    gc.disable()
    for _ in range(batches):
        for subject in [nothing, *subjects]:
            begin = perf_counter_ns()
            subject.loop(range(calls))
            subject.times.append((perf_counter_ns() - begin) / calls)
            subject.flush()
    loop = statistics.median(nothing.times)
    for subject in subjects:
        print(f"{subject.name}_ns\t{statistics.median(subject.times) - loop:.2f}")
