"""The tables of what was measured, as Markdown."""

from __future__ import annotations

from typing import Optional

import plan
from results import Report, middle, nanoseconds, number, ratio, spread, table


WAITS_HEAD = ["ns", "p50", "p50 of rounds", "p99", "p99.9", "max", "first p50", "first p99", "whole", "p50 to alog"]


def _waits(report: Report, title: str, case: str, alog: str) -> list[str]:
    """A row of the tables of latency."""
    columns = ["p99_ns", "p999_ns", "max_ns", "first_p50_ns", "first_p99_ns", "whole_p50_ns"]
    return [
        title,
        nanoseconds(middle(report, case, "p50_ns")),
        spread(report, case, "p50_ns", nanoseconds),
        *(nanoseconds(middle(report, case, name)) for name in columns),
        ratio(report, (case, "p50_ns"), (alog, "p50_ns")),
    ]


def latency(report: Report) -> str:
    """What callers wait."""
    parts = []
    for threads in (1, 4):
        alog = f"latency/alog/{threads}"
        rows = [_waits(report, title, f"latency/{subject}/{threads}", alog) for subject, title in plan.LATENCY.items()]
        if threads == 1:
            rows.insert(1, _waits(report, "the same, first messages of a thread", "latency/alog-new/1", alog))
        parts.append(f"{threads} thread{'s' * (threads > 1)}:\n\n{table(WAITS_HEAD, rows)}")
    overhead = nanoseconds(middle(report, "latency/alog/1", "overhead_ns"))
    step = nanoseconds(middle(report, "latency/alog/1", "step_ns"))
    parts.append(f"The reading itself took {overhead} ns, which is subtracted; no two readings differed by less than {step} ns.")
    return "\n\n".join(parts)


def formatted(report: Report) -> str:
    """What callers wait with numbers in the message."""
    plain, alog = "latency/alog/1", "latency/alog-values/1"
    rows = [_waits(report, "alog_write of 64 bytes, as above", plain, alog)]
    rows += [_waits(report, title, f"latency/{subject}/1", alog) for subject, title in plan.VALUES.items()]
    return table(WAITS_HEAD, rows)


def sustained(report: Report) -> str:
    """As many lines as possible."""
    head = ["", "threads", "M lines/s", "of rounds", "CPU s per M lines", "of it user", "max RSS, MiB", "bytes per line"]
    head.append("lines/s to alog")
    rows = []

    def millions(value: Optional[float]) -> str:
        return number(None if value is None else value / 1e6, 2)

    for (subject, threads), title in plan.SUSTAINED.items():
        case, alog = f"sustained/{subject}/{threads}", f"sustained/alog/{threads}"
        resident = middle(report, case, "rss_bytes")
        user, kernel = (middle(report, case, f"{who}_s_per_mline") for who in ("user", "kernel"))
        rows.append(
            [
                title,
                str(threads),
                millions(middle(report, case, "lines_per_s")),
                spread(report, case, "lines_per_s", millions),
                number(None if user is None or kernel is None else user + kernel, 3),
                number(user, 3),
                number(None if resident is None else resident / 2**20, 1),
                number(middle(report, case, "line_bytes")),
                ratio(report, (case, "lines_per_s"), (alog, "lines_per_s")),
            ]
        )
    return table(head, rows)


def life(report: Report) -> str:
    """What alog costs beside calls."""
    few, many = (middle(report, f"instructions/{calls}", "instructions") for calls in plan.INSTRUCTION_CALLS)
    more_calls = plan.INSTRUCTION_CALLS[1] - plan.INSTRUCTION_CALLS[0]
    per_call = None if few is None or many is None else (many - few) / more_calls
    measured = [
        *(
            (f"{title}{': begin and end' * (peer != 'alog')}", f"new_stop/{peer}", "life_us", 1, "us")
            for peer, title in plan.NEW_STOP.items()
        ),
        ("first call of a thread, p50", "life", "first_call_ns", 0, "ns"),
        ("first call of a thread, p99", "life", "first_call_p99_ns", 0, "ns"),
        ("resident, a thread that logged once", "life", "resident_bytes", 0, "bytes"),
        ("resident, after 1,000 threads that logged once", "life", "left_bytes", 0, "bytes"),
        ("call that finds the worker parked, p50", "life", "after_idle_ns", 0, "ns"),
        ("alog_write at a level that is off", "life", "disabled_ns", 1, "ns"),
        ("ALOG_DEBUG at a level that is off", "life", "disabled_macro_ns", 1, "ns"),
        ("wake-ups of the idle worker", "idle", "wakeups_per_s", 1, "per s"),
        ("processor time of the idle worker", "idle", "cpu_us_per_s", 1, "us per s"),
    ]
    rows = [[title, number(middle(report, case, name), digits), unit] for title, case, name, digits, unit in measured]
    return table(["", "median", "unit"], [*rows, ["instructions of a call, callgrind", number(per_call), ""]])


#: Title, case, name of the result; the first of a language is what its others are compared with.
PYTHON = [
    ("alog package, log.info", "python", "package"),
    ("alog package, two fields", "python", "package_fields"),
    ("alog package, level off", "python", "package_disabled"),
    ("alog by plain ctypes", "python", "ctypes"),
    ("logging, FileHandler", "python", "file_handler"),
    ("logging, FileHandler, two arguments", "python", "file_handler_fields"),
    ("logging, QueueHandler", "python", "queue_handler"),
    ("logging, level off", "python", "file_handler_disabled"),
    ("picologging, FileHandler", "python/picologging", "file"),
    ("picologging, FileHandler, two arguments", "python/picologging", "fields"),
    ("picologging, level off", "python/picologging", "disabled"),
    ("structlog, JSON into a file", "python/structlog", "file"),
    ("structlog, two fields", "python/structlog", "fields"),
    ("structlog, level off", "python/structlog", "disabled"),
    ("loguru, file", "python/loguru", "file"),
    ("loguru, two arguments", "python/loguru", "fields"),
    ("loguru, enqueue=True", "python/loguru", "queue"),
    ("loguru, level off", "python/loguru", "disabled"),
]
GO = [
    ("alog package, log.Info", "go", "package"),
    ("alog package, log.Info, two fields", "go", "package_fields"),
    ("alog package, LogAttrs, two fields", "go", "package_attrs"),
    ("alog package, level off", "go", "package_disabled"),
    ("log/slog, os.File", "go", "slog"),
    ("log/slog, os.File, two fields", "go", "slog_fields"),
    ("log/slog, 128 KiB bufio.Writer", "go", "slog_buffered"),
    ("log/slog, level off", "go", "slog_disabled"),
    ("zap, os.File", "go/zap", "file"),
    ("zap, BufferedWriteSyncer", "go/zap", "buffered"),
    ("zap, BufferedWriteSyncer, two fields", "go/zap", "buffered_fields"),
    ("zap, level off", "go/zap", "disabled"),
    ("zerolog, os.File", "go/zerolog", "file"),
    ("zerolog, diode", "go/zerolog", "diode"),
    ("zerolog, diode, two fields", "go/zerolog", "diode_fields"),
    ("zerolog, level off", "go/zerolog", "disabled"),
    ("phuslu/log, os.File", "go/phuslu", "file"),
    ("phuslu/log, AsyncWriter", "go/phuslu", "async"),
    ("phuslu/log, AsyncWriter, two fields", "go/phuslu", "async_fields"),
    ("phuslu/log, level off", "go/phuslu", "disabled"),
]


def languages(report: Report) -> str:
    """Calls from Python and Go."""
    rows = []
    for language, package, entries in (("Python", "python", PYTHON), ("Go", "go", GO)):
        for title, case, name in entries:
            allocs = number(middle(report, case, f"{name}_allocs"), 2) if language == "Go" else ""
            against = ratio(report, (case, f"{name}_ns"), (package, "package_ns"))
            rows.append([f"{language}: {title}", nanoseconds(middle(report, case, f"{name}_ns")), allocs, against])
    return table(["", "ns per call", "allocs", "to log.info, log.Info"], rows)
