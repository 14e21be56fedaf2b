#!/usr/bin/env python3
"""Compares two builds of the library, interleaved: what callers wait, and how much goes through.

    python3 tests/bench/compare.py BEFORE.so AFTER.so [ROUNDS]

Both run the same programs (`make bench` builds them), in turn, each round in the other order. Prints the medians
of all rounds and their ratio: below 1 is better for times, above 1 for lines. A result is a ratio of one run of
this; single figures of different runs say nothing on a noisy machine.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BIN = Path("target/bench/bin")
BURSTS, WARM_MESSAGES, LINES = 2000, 20000, 2000000
# A program, its arguments in front of the file, and what of its results is compared.
RUNS = [
    ("latency-alog", ["1", str(BURSTS), str(WARM_MESSAGES)], ["p50_ns", "p99_ns", "p999_ns", "first_p50_ns", "whole_p50_ns"]),
    ("latency-alog", ["4", str(BURSTS // 4), str(WARM_MESSAGES)], ["p50_ns", "p99_ns"]),
    ("sustained-alog", ["1", str(LINES)], ["lines_per_s", "user_s_per_mline", "kernel_s_per_mline"]),
]


def results(program: str, arguments: list[str], library: Path, log: Path) -> dict[str, float]:
    """Runs a program with a library; gives what it printed."""
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library)}
    command = [str(BIN / program), *arguments, str(log)]
    printed = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    log.unlink(missing_ok=True)
    pairs = (line.split("\t") for line in printed.splitlines() if "\t" in line)
    return {name: float(value) for name, value in pairs}


def main() -> None:
    before, after = Path(sys.argv[1]), Path(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 9
    with tempfile.TemporaryDirectory(dir="target") as scratch:
        places = []
        for name, library in (("before", before), ("after", after)):
            place = Path(scratch) / name
            place.mkdir()
            shutil.copy(library, place / "libalog.so.1")
            places.append(place)
        seen: dict[tuple[int, str, int], list[float]] = {}
        for number in range(rounds):
            order = (0, 1) if number % 2 == 0 else (1, 0)
            for run, (program, arguments, _) in enumerate(RUNS):
                for which in order:
                    for name, value in results(program, arguments, places[which], Path(scratch) / "log").items():
                        seen.setdefault((run, name, which), []).append(value)
    print(f"| medians of {rounds} rounds | before | after | after / before |\n|---|---|---|---|")
    for run, (program, arguments, names) in enumerate(RUNS):
        for name in names:
            middle = [statistics.median(seen[run, name, which]) for which in (0, 1)]
            ratio = middle[1] / middle[0] if middle[0] else float("nan")
            print(f"| {program} {arguments[0]} thread(s): {name} | {middle[0]:,.2f} | {middle[1]:,.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
