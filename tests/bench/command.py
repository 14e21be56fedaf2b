"""Measures the program alog on a log of 500 MB: command.py [PROGRAM], default target/release/alog.

Prints processor time and the most memory of each run. The log is numbered JSON, made anew in a temporary directory.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SIZE = 500_000_000
LEVELS = ("INFO", "DEBUG", "WARN", "INFO")
RUNS = (
    ["verify"],
    ["cat"],
    ["cat", "-o", "json"],
    ["cat", "-o", "json", "-l", "warn"],
    ["cat", "-w", "user=77"],
)


def line(number: int) -> str:
    """A record of the length of many."""
    seconds, below = divmod(number * 7, 1_000_000)
    time = f"2026-01-31T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{below:06}Z"
    message = f"user {number} logged in from 10.0.{number % 256}.{number % 100}"
    return (
        f'{{"time":"{time}","level":"{LEVELS[number % 4]}","logger":"shop.db","message":"{message}",'
        f'"seq":{number},"user":{number},"name":"Eve","ms":{number % 50}.5}}\n'
    )


def write(path: Path) -> int:
    """Writes the log; gives how many records it has."""
    number = size = 0
    with path.open("w", encoding="utf-8") as log:
        while size < SIZE:
            number += 1
            size += log.write(line(number))
    return number


def main() -> None:
    program = Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/alog").resolve()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "app.log"
        print(f"{write(log):,} records")
        for arguments in RUNS:
            run = subprocess.Popen([program, *arguments, log], stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(run.pid, 0)
            if os.waitstatus_to_exitcode(status) != 0:
                sys.exit(f"alog {' '.join(arguments)} failed")
            seconds = usage.ru_utime + usage.ru_stime
            memory = usage.ru_maxrss / 1024
            print(f"alog {' '.join(arguments):<24} {seconds:5.2f} s  {SIZE / seconds / 1e6:4.0f} MB/s  {memory:4.0f} MiB")


if __name__ == "__main__":
    main()
