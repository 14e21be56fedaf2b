"""Makes tables of target/bench/results.json.

    render.py                   print them
    render.py --into FILE       put them into FILE, between the lines RESULTS_BEGIN and RESULTS_END
    render.py --check FILE      compare the tables in FILE with those that are made now: the same headings and first
                                columns, whatever the numbers; ends with status 1 if they differ
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from statistics import median
from typing import Any, Callable, Optional

import plan

RESULTS_BEGIN = "<!-- results: begin -->"
RESULTS_END = "<!-- results: end -->"
MISSING = "missing"

Report = dict[str, Any]
Rows = list[list[str]]


def values(report: Report, case: str, name: str) -> list[float]:
    """The results of all rounds; empty if there is none."""
    found: list[float] = report["results"].get(case, {}).get(name, [])
    return found


def middle(report: Report, case: str, name: str) -> Optional[float]:
    """The median of all rounds."""
    found = values(report, case, name)
    return median(found) if found else None


def number(value: Optional[float], digits: int = 0) -> str:
    """A number for a table: so many digits behind the point."""
    return MISSING if value is None else f"{value:,.{digits}f}"


def nanoseconds(value: Optional[float]) -> str:
    """Nanoseconds for a table: tenths only where they say something."""
    return number(value, 1 if value is not None and value < 100 else 0)


def ratio(report: Report, one: tuple[str, str], other: tuple[str, str]) -> str:
    """How many times the other the one is: the median of the rounds' ratios."""
    pairs = [(a, b) for a, b in zip(values(report, *one), values(report, *other)) if b > 0]
    return f"{median(a / b for a, b in pairs):.2f}" if pairs else MISSING


def spread(report: Report, case: str, name: str, show: Callable[[Optional[float]], str]) -> str:
    """The smallest and the largest of all rounds."""
    found = values(report, case, name)
    return f"{show(min(found))}-{show(max(found))}" if found else MISSING


def table(head: list[str], rows: Rows) -> str:
    """A Markdown table whose columns also line up as plain text."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]

    def line(cells: list[str]) -> str:
        padded = [cells[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))]
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "-" * (widths[0] + 2) + "|" + "|".join("-" * (width + 1) + ":" for width in widths[1:]) + "|"
    return "\n".join([line(head), rule, *(line(row) for row in rows)])


def latency(report: Report) -> str:
    """What callers wait."""
    head = ["ns", "p50", "p50 of rounds", "p99", "p99.9", "max", "first p50", "first p99", "whole", "p50 to alog"]
    columns = ["p99_ns", "p999_ns", "max_ns", "first_p50_ns", "first_p99_ns", "whole_p50_ns"]

    def row(title: str, case: str, alog: str) -> list[str]:
        return [
            title,
            nanoseconds(middle(report, case, "p50_ns")),
            spread(report, case, "p50_ns", nanoseconds),
            *(nanoseconds(middle(report, case, name)) for name in columns),
            ratio(report, (case, "p50_ns"), (alog, "p50_ns")),
        ]

    parts = []
    for threads in (1, 4):
        alog = f"latency/alog/{threads}"
        rows = [row(title, f"latency/{subject}/{threads}", alog) for subject, title in plan.LATENCY.items()]
        if threads == 1:
            rows.insert(1, row("the same, first messages of a thread", "latency/alog-new/1", alog))
        parts.append(f"{threads} thread{'s' * (threads > 1)}:\n\n{table(head, rows)}")
    overhead = nanoseconds(middle(report, "latency/alog/1", "overhead_ns"))
    step = nanoseconds(middle(report, "latency/alog/1", "step_ns"))
    parts.append(f"The reading itself took {overhead} ns, which is subtracted; the counter goes in steps of {step} ns.")
    return "\n\n".join(parts)


def sustained(report: Report) -> str:
    """As many lines as possible."""
    head = ["", "threads", "M lines/s", "of rounds", "CPU s per M lines", "of it user", "max RSS, MiB", "lines/s to alog"]
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
        ("alog_new + alog_stop + alog_free, file", "life", "life_us", 1, "us"),
        ("first call of a thread, p50", "life", "first_call_ns", 0, "ns"),
        ("first call of a thread, p99", "life", "first_call_p99_ns", 0, "ns"),
        ("resident, a thread that logged once", "life", "resident_bytes", 0, "bytes"),
        ("call that finds the worker parked, p50", "life", "after_idle_ns", 0, "ns"),
        ("call at a level that is off", "life", "disabled_ns", 1, "ns"),
        ("wake-ups of the idle worker", "idle", "wakeups_per_s", 1, "per s"),
        ("processor time of the idle worker", "idle", "cpu_us_per_s", 1, "us per s"),
    ]
    rows = [[title, number(middle(report, case, name), digits), unit] for title, case, name, digits, unit in measured]
    return table(["", "median", "unit"], [*rows, ["instructions of a call, callgrind", number(per_call), ""]])


def languages(report: Report) -> str:
    """Calls from Python and Go."""
    rows = []
    for title, case, name, other in (
        ("Python: alog package, log.info", "python", "package", "package"),
        ("Python: plain ctypes", "python", "ctypes", "package"),
        ("Python: logging.FileHandler", "python", "file_handler", "package"),
        ("Python: alog package, level off", "python", "package_disabled", "package"),
        ("Python: logging, level off", "python", "file_handler_disabled", "package"),
        ("Go: alog package, log.Info", "go", "package", "package"),
        ("Go: log/slog, os.File", "go", "slog", "package"),
        ("Go: log/slog, 128 KiB bufio.Writer", "go", "slog_buffered", "package"),
        ("Go: alog package, level off", "go", "package_disabled", "package"),
        ("Go: log/slog, level off", "go", "slog_disabled", "package"),
    ):
        allocs = number(middle(report, case, f"{name}_allocs"), 2) if case == "go" else ""
        against = ratio(report, (case, f"{name}_ns"), (case, f"{other}_ns"))
        rows.append([title, nanoseconds(middle(report, case, f"{name}_ns")), allocs, against])
    return table(["", "ns per call", "allocs", "to the alog package"], rows)


def claims(report: Report) -> str:
    """What the tables say, in ratios."""

    def calls(one: str, other: str, name: str) -> str:
        return ratio(report, (f"latency/{one}/1", name), (f"latency/{other}/1", name))

    def load(one: str, other: str, name: str, threads: int = 1) -> str:
        return ratio(report, (f"sustained/{one}/{threads}", name), (f"sustained/{other}/{threads}", name))

    def call(case: str, one: str, other: str) -> str:
        return ratio(report, (case, f"{one}_ns"), (case, f"{other}_ns"))

    return "\n".join(
        [
            f"- A call takes {calls('alog', 'ring2', 'p50_ns')} times as long (p50, 1 thread) as putting the message into a "
            "bare ring with the same time stamp, inlined into the program.",
            f"- A synchronous fprintf takes {calls('stdio', 'alog', 'p50_ns')} times as long as a call at p50, "
            f"{calls('stdio', 'alog', 'p99_ns')} times at p99, {calls('stdio', 'alog', 'p999_ns')} times at p99.9.",
            f"- A thread's first messages cost {calls('alog-new', 'alog', 'p99_ns')} times as much at p99: its queue's memory "
            "is touched for the first time.",
            f"- Under sustained load one thread gets {load('alog', 'stdio', 'lines_per_s')} times as many lines into a file "
            f"as with fprintf, four get {load('alog', 'stdio', 'lines_per_s', 4)} times as many; ready-made lines alone are "
            f"written {load('bytes', 'alog', 'lines_per_s')} times as fast.",
            f"- From Python, logging.FileHandler takes {call('python', 'file_handler', 'package')} times as long as a call; "
            f"from Go, log/slog into a file {call('go', 'slog', 'package')} times.",
        ]
    )


def circumstances(report: Report) -> str:
    """Where and how it ran."""
    machine = "; ".join(f"{name} {value}" for name, value in report["machine"].items() if value)
    parameters = report["parameters"]
    missing = "".join(f" {case}: {why}." for case, why in report["missing"].items())
    return (
        f"Medians of {parameters['rounds']} interleaved rounds, {report['elapsed_s']:.0f} s in all. {machine}. "
        f"Other programs meanwhile used {report['others']:.2f} processors.{missing and ' Missing: ' + missing.strip()}"
    )


def tables(report: Report) -> str:
    """All of it, as Markdown."""
    lines = report["parameters"]["lines"]
    return "\n\n".join(
        [
            circumstances(report),
            claims(report),
            "### What callers wait: 64-byte messages, bursts of 20 calls, 1 to 2 ms apart",
            latency(report),
            f"### Sustained: {lines:,} messages of 64 bytes into a file, lines of 102 bytes",
            sustained(report),
            "### Beside the calls",
            life(report),
            "### From Python and Go",
            languages(report),
        ]
    )


def shape(markdown: str) -> list[str]:
    """Headings, heads of tables and first columns: what does not change with the numbers."""
    kept = []
    lines = markdown.splitlines()
    for line, following in zip(lines, [*lines[1:], ""]):
        if line.startswith("#"):
            kept.append(re.sub(r"[\d,]+", "N", line))
        elif line.startswith("|") and not line.startswith("|-"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            kept.append(" | ".join(cells if following.startswith("|-") else cells[:1]))
    return kept


def quoted(text: str) -> tuple[str, str, str]:
    """What stands before, between and after the two marks."""
    before, begin, rest = text.partition(RESULTS_BEGIN)
    between, end, after = rest.partition(RESULTS_END)
    if not begin or not end:
        sys.exit(f"no {RESULTS_BEGIN} and {RESULTS_END}")
    return before + begin, between, end + after


def main() -> None:
    markdown = tables(json.loads((plan.OUT / "results.json").read_text()))
    if len(sys.argv) < 3:
        print(markdown)
        return
    mode, path = sys.argv[1], Path(sys.argv[2])
    before, between, after = quoted(path.read_text())
    if mode == "--into":
        path.write_text(f"{before}\n{markdown}\n{after}")
    elif shape(between) != shape(markdown):
        sys.exit(f"{path} does not show the tables that are made now: run tests/bench/render.py --into {path}")


if __name__ == "__main__":
    main()
