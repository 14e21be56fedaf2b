"""Makes the document of target/bench/results.json.

    render.py                   print them
    render.py --into FILE       put them into FILE, between the lines RESULTS_BEGIN and RESULTS_END, and draw the pictures
    render.py --check FILE      compare the tables in FILE with those that are made now: the same headings and first
                                columns, whatever the numbers; ends with status 1 if they differ
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import draw
import plan
from bars import bars, outcome
from results import Report
from tables import formatted, languages, latency, life, sustained

RESULTS_BEGIN = "<!-- results: begin -->"
RESULTS_END = "<!-- results: end -->"

#: Where the pictures of BENCHMARKS.md are.
PICTURES = Path(__file__).resolve().parent / "pictures"


#: How much of a reason stands in the caption.
REASON_MAX = 160


def absent(report: Report) -> str:
    """What could not be measured, and why: cases with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for case, why in report["missing"].items():
        by_reason.setdefault(why, []).append(case)
    return "".join(f" Missing: {', '.join(cases)}: {why[:REASON_MAX]}." for why, cases in by_reason.items())


def circumstances(report: Report) -> str:
    """Where and how it ran."""
    machine = "; ".join(f"{name} {value}" for name, value in report["machine"].items() if value)
    parameters = report["parameters"]
    return (
        f"Medians of {parameters['rounds']} interleaved rounds, {report['elapsed_s']:.0f} s in all. {machine}. "
        f"Other programs meanwhile used {report['others']:.2f} processors.{absent(report)}"
    )


def tables(report: Report) -> str:
    """All of it, as Markdown."""
    lines = report["parameters"]["lines"]
    return "\n\n".join(
        [
            circumstances(report),
            "### What was to be reached",
            outcome(report),
            bars(report),
            "### What callers wait: 64-byte messages, bursts of 20 calls, 1 to 2 ms apart",
            latency(report),
            "### A record of two integers and a double, 1 thread",
            formatted(report),
            f"### Sustained: {lines:,} messages of 64 bytes into a file; a quarter of that for other loggers",
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
    report = json.loads((plan.OUT / "results.json").read_text())
    markdown = tables(report)
    if len(sys.argv) < 3:
        print(markdown)
        return
    mode, path = sys.argv[1], Path(sys.argv[2])
    before, between, after = quoted(path.read_text())
    if mode == "--into":
        path.write_text(f"{before}\n{markdown}\n{after}")
        draw.pictures(report, PICTURES)
    elif shape(between) != shape(markdown):
        sys.exit(f"{path} does not show the tables that are made now: run tests/bench/render.py --into {path}")


if __name__ == "__main__":
    main()
