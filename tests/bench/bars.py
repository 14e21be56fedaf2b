"""What was to be reached, what was measured, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import plan
from results import MISSING, Measured, Report, middle, number, quotient, table

#: A quantity that is meant to be 0 and is given with one digit.
ALMOST_NOTHING = 0.05


@dataclass(frozen=True)
class Bar:
    """One of them: `value` is to be at most `limit`, or at least, if `at_least`."""

    title: str
    value: Optional[float]
    limit: float
    unit: str = "times"
    at_least: bool = False

    @property
    def met(self) -> Optional[bool]:
        """None if nothing was measured."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> list[str]:
        """For the table."""
        word = {None: MISSING, True: "met", False: "not met"}[self.met]
        digits = 0 if self.value is not None and abs(self.value) >= 1000 else 2
        limit = 0 if self.limit == ALMOST_NOTHING else self.limit
        sign = "at least" if self.at_least else "at most"
        return [self.title, number(self.value, digits), f"{sign} {limit:,g}", self.unit, word]


def _scaled(value: Optional[float], factor: float) -> Optional[float]:
    return None if value is None else value * factor


def _calls(report: Report) -> list[Bar]:
    def waits(one: str, other: str, name: str, one_threads: int = 1) -> Optional[float]:
        return quotient(report, (f"latency/{one}/{one_threads}", name), (f"latency/{other}/1", name))

    rings = {"ring1": "a bare ring with rdtsc", "ring2": "a bare ring with lfence + rdtsc", "ring3": "one with rdtscp"}
    quantiles = {"p50": "p50_ns", "p99": "p99_ns", "p99.9": "p999_ns"}
    return [
        *(
            Bar(f"a call, {quantile}, to {title}", waits("alog", ring, name), 1.5)
            for ring, title in rings.items()
            for quantile, name in quantiles.items()
        ),
        Bar("a call, p50, of 4 threads to 1 thread", waits("alog", "alog", "p50_ns", 4), 1.25),
        Bar("a call with crash_dir, p50, to one without", waits("alog-crash", "alog", "p50_ns"), 1.3),
        Bar("a call that finds the worker parked, p50", _scaled(middle(report, "life", "after_idle_ns"), 1e-3), 3, "us"),
        Bar("the first call of a thread, p50", _scaled(middle(report, "life", "first_call_ns"), 1e-3), 20, "us"),
        Bar("resident, a thread that logged once", _scaled(middle(report, "life", "resident_bytes"), 1 / 1024), 64, "KiB"),
        Bar("alog_log with two integers and a double, texts not interned, p50, to alog_write", waits("alog-values", "alog", "p50_ns"), 1.3),
        Bar("ALOG_INFO with two integers and a double, p50, to alog_write", waits("alog-macro", "alog", "p50_ns"), 1.3),
    ]


def _cpu(report: Report, subject: str, threads: int) -> Optional[float]:
    parts = [middle(report, f"sustained/{subject}/{threads}", f"{who}_s_per_mline") for who in ("user", "kernel")]
    return None if parts[0] is None or parts[1] is None else parts[0] + parts[1]


def _load(report: Report) -> list[Bar]:
    def lines(one: str, other: str, threads: int) -> Optional[float]:
        return quotient(
            report, (f"sustained/{one}/{threads}", "lines_per_s"), (f"sustained/{other}/{threads}", "lines_per_s")
        )

    found = []
    for threads in (1, 4):
        by = f"{threads} thread{'s' * (threads > 1)}"
        for other, title, limit in (
            ("stdio", "the fprintf loop", 2.5),
            ("spdlog", plan.NATIVE_PEERS["spdlog"], 4),
            ("tracing", plan.NATIVE_PEERS["tracing"], 6),
        ):
            found.append(Bar(f"lines/s, {by}, to {title}", lines("alog", other, threads), limit, at_least=True))
        found.append(Bar(f"lines/s, {by}, format=json to text", lines("json", "alog", threads), 0.7, at_least=True))
        own, other_cpu = _cpu(report, "alog", threads), _cpu(report, "stdio", threads)
        share = None if own is None or not other_cpu else own / other_cpu
        found.append(Bar(f"processor time of a line, {by}, to the fprintf loop", share, 1))
    resident = _scaled(middle(report, "sustained/alog/4", "rss_bytes"), 2**-20)
    return [*found, Bar("the most that is resident, 4 threads", resident, 16, "MiB")]


def _life(report: Report) -> list[Bar]:
    left = _scaled(middle(report, "life", "left_bytes"), 2**-20)
    return [
        Bar("ALOG_DEBUG at a level that is off", middle(report, "life", "disabled_macro_ns"), 1, "ns"),
        Bar("Go, a level that is off", middle(report, "go", "package_disabled_ns"), 2, "ns"),
        Bar("Python, a level that is off", middle(report, "python", "package_disabled_ns"), 15, "ns"),
        Bar("wake-ups of the idle worker", middle(report, "idle", "wakeups_per_s"), ALMOST_NOTHING, "per s"),
        Bar("processor time of the idle worker", middle(report, "idle", "cpu_us_per_s"), ALMOST_NOTHING, "us per s"),
        Bar("alog_new + alog_stop + alog_free", middle(report, "new_stop/alog", "life_us"), 250, "us"),
        Bar("resident, after 1,000 threads that logged once", left, 2, "MiB"),
    ]


def _languages(report: Report) -> list[Bar]:
    handler: Measured = ("python", "file_handler_ns")
    return [
        Bar("Go, LogAttrs with two fields", middle(report, "go", "package_attrs_ns"), 100, "ns"),
        Bar("Go, its allocations", middle(report, "go", "package_attrs_allocs"), ALMOST_NOTHING, "per call"),
        Bar("Python, log.info of 64 bytes", middle(report, "python", "package_ns"), 100, "ns"),
        Bar("Python, log.info with two fields", middle(report, "python", "package_fields_ns"), 250, "ns"),
        Bar("Python, logging.FileHandler to it", quotient(report, handler, ("python", "package_ns")), 50, at_least=True),
    ]


def all_bars(report: Report) -> list[Bar]:
    """Every one, in the order of the table."""
    return [*_calls(report), *_load(report), *_life(report), *_languages(report)]


def bars(report: Report) -> str:
    """The table."""
    return table(["", "measured", "wanted", "unit", ""], [bar.row() for bar in all_bars(report)])


def outcome(report: Report) -> str:
    """How many there are of which kind."""
    found = [bar.met for bar in all_bars(report)]
    missing = f", {found.count(None)} missing" if None in found else ""
    return f"{found.count(True)} of {len(found)} bars are met, {found.count(False)} are not{missing}."
