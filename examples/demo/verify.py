"""Verifies what the demo's programs wrote, and shows it in a table: `verify.py DIRECTORY DESCRIPTION`.

DIRECTORY holds `input.txt`, and for C, Python and Go a log and a report of one run alone (`c.log`, `c.report`)
and the report of a run in which all three appended to `together.log` at once (`c.together`).
Exit status 0 if and only if every line of the input is in each log exactly once for each program, byte
for byte after its escapes are undone, in the order of its thread, and every loss was reported.
"""

import os
import re
import sys
from dataclasses import dataclass
from typing import Dict, List, Tuple

from input import read_lines

PROGRAMS = {"c": "C", "python": "Python", "go": "Go"}
THREADS = 4

LINE = re.compile(rb"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}Z\] INFO - (.*)", re.DOTALL)
MESSAGE = re.compile(rb"([a-z]+)\.t(\d+) #(\d+) (.*)", re.DOTALL)
ESCAPE = re.compile(rb"\\(?:([nrt\\])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))")
FOREIGN = "that no program was to write"
SIMPLE = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\"}


@dataclass
class Report:
    """What a program said about its run."""

    values: Dict[str, int]  # by name, as in the report
    errors: Dict[str, int]  # text of a polled error: records it stands for

    def __getitem__(self, name: str) -> int:
        return self.values[name]

    def polled(self) -> int:
        return sum(self.errors.values())


def read_report(path: str) -> Report:
    report = Report({}, {})
    with open(path, encoding="utf-8") as file:
        for line in file:
            name, value = line.rstrip("\n").split(" ", 1)
            if name == "error":
                count, text = value.split(" ", 1)
                report.errors[text] = report.errors.get(text, 0) + int(count)
            else:
                report.values[name] = int(value)
    return report


def unescape(text: bytes) -> bytes:
    """Undoes the escapes of alog's text format: gives the bytes that the program logged."""

    def original(match: "re.Match[bytes]") -> bytes:
        simple, byte, character = match.groups()
        if simple:
            return SIMPLE[simple]
        return bytes([int(byte, 16)]) if byte else chr(int(character, 16)).encode()

    return ESCAPE.sub(original, text)


class Check:
    """Compares the lines of one log with what the programs were to write, and counts what differs."""

    def __init__(self, expected: List[bytes], programs: List[str]) -> None:
        self.expected = expected
        self.seen = {program: bytearray(len(expected)) for program in programs}
        self.latest: Dict[bytes, int] = {}  # by producer, "go.t3": its last line number
        self.faults = {FOREIGN: 0, "changed": 0, "out of order": 0, "twice": 0, "missing": 0}

    def line(self, line: bytes) -> None:
        match = LINE.fullmatch(line)
        message = MESSAGE.fullmatch(unescape(match[1])) if match else None
        program = message[1].decode() if message else ""
        number = int(message[3]) if message else 0
        if message is None or program not in self.seen or not 1 <= number <= len(self.expected):
            self.faults[FOREIGN] += 1
            return
        producer = b"%b.t%b" % (message[1], message[2])
        if int(message[2]) != (number - 1) % THREADS or message[4] != self.expected[number - 1]:
            self.faults["changed"] += 1
        elif self.seen[program][number - 1]:
            self.faults["twice"] += 1
        elif number < self.latest.get(producer, 0):
            self.faults["out of order"] += 1
        self.latest[producer] = number
        self.seen[program][number - 1] = 1

    def verified(self) -> int:
        """Completes the count of faults, and returns how many lines are there exactly once, unchanged, in order."""
        self.faults["missing"] = sum(seen.count(0) for seen in self.seen.values())
        return len(self.expected) * len(self.seen) - sum(self.faults.values()) + self.faults[FOREIGN]


def check_log(path: str, expected: List[bytes], reports: Dict[str, Report]) -> Tuple[int, List[str]]:
    """Returns the number of verified lines in one log, and what is wrong, of the log and of the reports."""
    check = Check(expected, list(reports))
    for line in read_lines(path):
        check.line(line)
    verified = check.verified()
    wrong = [f"{path}: {count:,} lines {fault}" for fault, count in check.faults.items() if count]
    for program, report in reports.items():
        for what, count, right in [
            ("refused", report["refused"], 0),
            ("counted as written", report["written"], len(expected)),
            ("of the losses at /dev/full reported", report.polled(), len(expected)),
        ]:
            if count != right:
                wrong.append(f"{path}, {PROGRAMS[program]}: {count:,} {what}, not {right:,}")
    return verified, wrong


# The columns of the table: what stands over some of them together, and the name and width of each.
COLUMNS = [
    ("", [("lines in", 10)]),
    ("the file", [("written", 12), ("verified", 11)]),
    ("the full disk", [("errors polled", 17)]),
    ("one call, ns", [("p50", 9), ("p99", 11), ("max", 12)]),
    ("", [("lines/s", 13)]),
]


def heading() -> str:
    groups = names = " " * 9
    for group, columns in COLUMNS:
        names += "".join(f"{name:>{width}}" for name, width in columns)
        width = sum(width for _, width in columns) - 3
        groups += "   " + (f" {group} ".center(width, "-") if group else " " * width)
    return f"{groups.rstrip()}\n{names}"


def row(name: str, *cells: int) -> str:
    widths = [width for _, columns in COLUMNS for _, width in columns]
    return f"{name:<9}" + "".join(f"{cell:>{width},}" for cell, width in zip(cells, widths))


def main() -> int:
    directory, description = sys.argv[1:]
    expected = read_lines(os.path.join(directory, "input.txt"))
    alone = {name: read_report(os.path.join(directory, f"{name}.report")) for name in PROGRAMS}
    together = {name: read_report(os.path.join(directory, f"{name}.together")) for name in PROGRAMS}

    print(f"alog demo: {description}, from {THREADS} threads of each program,")
    print("into a file and at the same time into a full disk (/dev/full)\n")
    print(heading())
    wrong = []
    for name, report in alone.items():
        verified, faults = check_log(os.path.join(directory, f"{name}.log"), expected, {name: report})
        wrong += faults
        calls = [report[key] for key in ("p50_ns", "p99_ns", "max_ns", "lines_per_second")]
        print(row(PROGRAMS[name], report["lines"], report["written"], verified, report.polled(), *calls))
    verified, faults = check_log(os.path.join(directory, "together.log"), expected, together)
    wrong += faults
    sums = [sum(report[key] for report in together.values()) for key in ("lines", "written")]
    print(row("together", *sums, verified, sum(report.polled() for report in together.values())))

    clock = ", ".join(f"{PROGRAMS[name]} {report['clock_ns']}" for name, report in alone.items())
    print("\nverified  in the file exactly once, byte for byte, in the order of its thread")
    print("together  the three programs at once, appending to one file")
    print(f"one call  as the caller saw it; contains reading the clock twice: {clock} ns; {os.cpu_count()} processors")
    print(f"logs      {directory}/: {', '.join(f'{name}.log' for name in [*PROGRAMS, 'together'])}")
    for text in sorted({text for report in [*alone.values(), *together.values()] for text in report.errors}):
        print(f"error     {text}")
    for text in wrong:
        print(f"WRONG     {text}")
    print("\n" + ("FAILED" if wrong else "OK: every line arrived, and every loss at the full disk was reported"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
