"""Reads the results of a run, and puts numbers into tables of Markdown."""

from __future__ import annotations

from statistics import median
from typing import Any, Callable, Optional

MISSING = "missing"

Report = dict[str, Any]
Rows = list[list[str]]
#: A case, and the name of one of its results.
Measured = tuple[str, str]


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


def quotient(report: Report, one: Measured, other: Measured) -> Optional[float]:
    """How many times the other the one is: the median of the rounds' ratios."""
    pairs = [(a, b) for a, b in zip(values(report, *one), values(report, *other)) if b > 0]
    return median(a / b for a, b in pairs) if pairs else None


def ratio(report: Report, one: Measured, other: Measured) -> str:
    """The same for a table."""
    return number(quotient(report, one, other), 2)


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
