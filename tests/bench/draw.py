"""Draws the results of a run: who waits how long, how much goes through, what a call costs in Python and Go."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import Optional

import tables
from results import Report, middle
from svg import Picture, Scale, apart

#: Quantiles as the programs print them.
SHARES = {
    "p50_ns": 0.5,
    "p60_ns": 0.6,
    "p70_ns": 0.7,
    "p80_ns": 0.8,
    "p90_ns": 0.9,
    "p95_ns": 0.95,
    "p98_ns": 0.98,
    "p99_ns": 0.99,
    "p995_ns": 0.995,
    "p998_ns": 0.998,
    "p999_ns": 0.999,
    "p9995_ns": 0.9995,
    "p9998_ns": 0.9998,
    "p9999_ns": 0.9999,
}
#: Subject, its label, its colour, whether dashed.
CURVES = [
    ("alog", "alog", "blue", False),
    ("ring1", "bare ring, rdtsc", "grey", True),
    ("stdio", "fprintf, mutex", "amber", False),
    ("spdlog", "spdlog", "red", False),
    ("tracing", "tracing-appender", "violet", False),
    ("slog", "slog-async", "green", False),
    ("flexi", "flexi_logger", "pink", False),
]
LOADS = [
    ("alog", "alog, text"),
    ("json", "alog, JSON"),
    ("stdio", "fprintf, mutex"),
    ("tracing", "tracing-appender"),
    ("flexi", "flexi_logger"),
    ("spdlog", "spdlog"),
    ("slog", "slog-async"),
]


def duration(ns: float) -> str:
    """A time with three digits at most."""
    for limit, factor, unit in ((1e3, 1, "ns"), (1e6, 1e3, "µs"), (1e9, 1e6, "ms")):
        if ns < limit:
            value = ns / factor
            return f"{value:.1f} {unit}" if value < 10 and value != int(value) else f"{value:.0f} {unit}"
    return f"{ns / 1e9:.1f} s"


def decades(low: float, high: float) -> list[float]:
    """The powers of ten between two of them."""
    found = [low]
    while found[-1] < high:
        found.append(found[-1] * 10)
    return found


def _missing(picture: Picture, x: float, labels: list[str]) -> None:
    """Names those that could not be measured, beneath the title."""
    if labels:
        picture.text(x, 75, f"missing: {', '.join(labels)}", "soft")


def latency(report: Report) -> str:
    """The distribution of what callers wait."""
    picture = Picture(
        860,
        500,
        "What callers wait",
        "One thread, bursts of 20 calls, 64-byte messages. Each point: the median of the rounds. Lower is better.",
    )
    x, y = Scale(2, 1e4, 90, 680, True), Scale(1, 1e5, 430, 84, True)
    for tick in decades(1, 1e5):
        picture.line(90, y(tick), 680, y(tick))
        picture.text(80, y(tick) + 4, duration(tick), "soft", "end")
    for share, name in ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (0.999, "p99.9"), (0.9999, "p99.99")):
        picture.line(x(1 / (1 - share)), 84, x(1 / (1 - share)), 436)
        picture.text(x(1 / (1 - share)), 454, name, "soft", "middle")
    picture.text(385, 482, "share of calls that took no longer", "soft", "middle")
    picture.upright(24, 257, "time of a call, log scale")

    drawn = []
    for subject, label, colour, dashed in CURVES:
        found = [(share, middle(report, f"latency/{subject}/1", name)) for name, share in SHARES.items()]
        points = [(x(1 / (1 - share)), y(value)) for share, value in found if value is not None]
        if points:
            picture.curve(points, colour, 3.5 if subject == "alog" else 2, dashed)
            drawn.append((points[-1], label, colour, subject == "alog"))
    for place, ((end, at), label, colour, bold) in zip(
        apart([at for (_, at), *_ in drawn], 19, 92), drawn
    ):
        picture.line(end + 3, at, end + 14, place, colour)
        picture.text(end + 18, place + 4, label, colour, more='style="font-weight:600"' if bold else "")
    _missing(picture, 90, [label for _, label, *_ in CURVES if label not in [name for _, name, *_ in drawn]])
    return picture.svg()


def sustained(report: Report) -> str:
    """Lines per second."""
    found = [
        (label, [middle(report, f"sustained/{subject}/{threads}", "lines_per_s") for threads in (1, 4)])
        for subject, label in LOADS
    ]
    absent = [label for label, pair in found if not any(pair)]
    found = sorted(((label, pair) for label, pair in found if any(pair)), key=lambda row: -(row[1][0] or 0))
    most = max([value / 1e6 for _, pair in found for value in pair if value], default=1)
    step = next(step for step in (0.5, 1, 2, 5, 10, 20, 50) if most / step <= 8)
    height = 100 + 52 * len(found)
    picture = Picture(
        860,
        height + 50,
        "Sustained load into a file",
        "64-byte messages without a pause, until the last line is with the operating system. Longer is better.",
    )
    x = Scale(0, ceil(most / step) * step, 160, 780)
    for tick in range(ceil(most / step) + 1):
        picture.line(x(tick * step), 88, x(tick * step), height)
        picture.text(x(tick * step), height + 18, f"{tick * step:g}", "soft", "middle")
    picture.text(470, height + 40, "million lines per second", "soft", "middle")
    for at, (colour, words) in enumerate((("blue", "1 thread"), ("sky", "4 threads"))):
        picture.bar(640 + at * 90, 68, 12, 12, colour)
        picture.text(657 + at * 90, 79, words, "soft")
    for row, (label, pair) in enumerate(found):
        top, own = 96 + 52 * row, label.startswith("alog")
        picture.text(150, top + 26, label, "ink", "end", 'style="font-weight:600"' if own else "")
        for at, (value, colour) in enumerate(zip(pair, ("blue", "sky") if own else ("grey", "pale"))):
            if value:
                picture.bar(160, top + 20 * at, x(value / 1e6) - 160, 18, colour)
                picture.text(x(value / 1e6) + 6, top + 20 * at + 14, f"{value / 1e6:.2f}")
    _missing(picture, 160, absent)
    return picture.svg()


def _lollipops(
    picture: Picture, x: Scale, top: float, heading: str, rows: list[tuple[str, Optional[float]]]
) -> float:
    """Some values on one scale, sorted; gives where it ends."""
    shown = sorted((value, title) for title, value in rows if value)
    bottom = top + 24 + 22 * len(shown)
    picture.text(24, top + 4, heading, more='style="font-weight:600"')
    for tick in decades(x.low, x.high):
        picture.line(x(tick), top + 8, x(tick), bottom)
        picture.text(x(tick), bottom + 17, duration(tick), "soft", "middle")
    for row, (value, title) in enumerate(shown):
        at, own = top + 28 + 22 * row, title.startswith("alog package")
        colour = "blue" if own else "grey"
        picture.text(x.begin - 10, at + 4, title, "ink", "end", 'style="font-weight:600"' if own else "")
        picture.line(x.begin, at, x(value), at, colour, 3)
        picture.dot(x(value), at, 5, colour)
        picture.text(x(value) + 11, at + 4, duration(value))
    return bottom + 36


def languages(report: Report) -> str:
    """What a call costs in Python and Go."""

    def rows(entries: list[tuple[str, str, str]]) -> list[tuple[str, Optional[float]]]:
        return [(title, middle(report, case, f"{name}_ns")) for title, case, name in entries if "level off" not in title]

    parts = [("Python", rows(tables.PYTHON)), ("Go", rows(tables.GO))]
    height = 90 + sum(64 + 22 * sum(1 for _, value in entries if value) for _, entries in parts)
    picture = Picture(
        860,
        height,
        "A call from Python and from Go",
        "Nanoseconds of the caller's thread, batches that fit into the queue; log scale. Shorter is better.",
    )
    absent = [title.split(",")[0] for _, entries in parts for title, value in entries if not value]
    _missing(picture, 300, list(dict.fromkeys(absent)))
    top = 88.0
    for heading, entries in parts:
        top = _lollipops(picture, Scale(10, 1e6, 300, 790, True), top, heading, entries) + 4
    return picture.svg()


def pictures(report: Report, directory: Path) -> None:
    """Writes all of them."""
    directory.mkdir(parents=True, exist_ok=True)
    for draw in (latency, sustained, languages):
        (directory / f"{draw.__name__}.svg").write_text(draw(report))
