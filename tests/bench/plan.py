"""What is run: each case is one program with its arguments. run.sh has built the programs."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "target" / "bench"
BIN = OUT / "bin"

#: Subjects of the latency table, in its order, and how the table calls them.
LATENCY = {
    "alog": "alog_write, into a file",
    "ring0": "bare ring, inlined: header, copy, publish",
    "ring1": "bare ring with rdtsc",
    "ring2": "bare ring with lfence + rdtsc",
    "stdio": "mutex, clock_gettime, gmtime_r, fprintf",
}
#: The same of the table of sustained load: subject, threads.
SUSTAINED = {
    ("alog", 1): "alog_write",
    ("alog", 4): "alog_write",
    ("stdio", 1): "clock_gettime, gmtime_r, fprintf",
    ("stdio", 4): "the same, one mutex for all",
    ("bytes", 1): "ready-made lines, 128 KiB per write(2)",
}
#: Instructions are counted over so few and so many calls: the difference has no first call in it.
INSTRUCTION_CALLS = (1000, 9000)


@dataclass(frozen=True)
class Parameters:
    """How much is run."""

    rounds: int = 9
    lines: int = 4_000_000
    bursts: int = 600
    warm_messages: int = 20_000
    repetitions: int = 200
    batches: int = 25
    idle_seconds: int = 10

    @classmethod
    def from_environment(cls) -> Parameters:
        """The defaults; fewer of everything with QUICK=1; BENCH_ROUNDS and BENCH_LINES as they say."""
        chosen = cls()
        if os.environ.get("QUICK") == "1":
            chosen = cls(
                rounds=2, lines=200_000, bursts=40, warm_messages=2_000, repetitions=20, batches=3, idle_seconds=1
            )
        return cls(
            **{
                **vars(chosen),
                "rounds": int(os.environ.get("BENCH_ROUNDS", chosen.rounds)),
                "lines": int(os.environ.get("BENCH_LINES", chosen.lines)),
            }
        )


@dataclass(frozen=True)
class Case:
    """One program run; its results are known by its name."""

    name: str
    command: list[str]
    #: Once in all instead of once a round: what is counted, not timed.
    once: bool = False
    #: Why it cannot run here; empty if it can.
    missing: str = ""
    environment: dict[str, str] = field(default_factory=dict)


def cases(parameters: Parameters, directory: Path) -> list[Case]:
    """Every case, in the order of the tables. Programs write below `directory`."""
    return [
        *_latency(parameters, directory),
        *_sustained(parameters, directory),
        *_life(parameters, directory),
        *_languages(parameters, directory),
    ]


def _latency(parameters: Parameters, directory: Path) -> list[Case]:
    log, bursts, warm = str(directory / "latency.log"), str(parameters.bursts), str(parameters.warm_messages)
    found = [
        Case(f"latency/{subject}/{threads}", [str(BIN / f"latency-{subject}"), str(threads), bursts, warm, log])
        for threads in (1, 4)
        for subject in LATENCY
    ]
    return [*found, Case("latency/alog-new/1", [str(BIN / "latency-alog"), "1", bursts, "0", log])]


def _sustained(parameters: Parameters, directory: Path) -> list[Case]:
    log, lines = str(directory / "sustained.log"), str(parameters.lines)
    return [
        Case(f"sustained/{subject}/{threads}", [str(BIN / f"sustained-{subject}"), str(threads), lines, log])
        for subject, threads in SUSTAINED
    ]


def _life(parameters: Parameters, directory: Path) -> list[Case]:
    log = str(directory / "life.log")
    callgrind = ["valgrind", "--tool=callgrind", "--toggle-collect=alog_write", "--callgrind-out-file=/dev/null"]
    no_valgrind = "" if shutil.which("valgrind") else "no valgrind"
    return [
        Case("life", [str(BIN / "life"), str(parameters.repetitions), log]),
        Case("idle", [str(BIN / "idle"), str(parameters.idle_seconds), log], once=True),
        *(
            Case(
                f"instructions/{calls}",
                [*callgrind, str(BIN / "instructions"), str(calls), log],
                once=True,
                missing=no_valgrind,
            )
            for calls in INSTRUCTION_CALLS
        ),
    ]


def _languages(parameters: Parameters, directory: Path) -> list[Case]:
    batches, bench = str(parameters.batches), ROOT / "tests" / "bench"
    go = BIN / "go-calls"
    return [
        Case(
            "python",
            [sys.executable, str(bench / "python" / "calls.py"), batches, str(directory)],
            environment={"PYTHONPATH": str(ROOT / "bindings" / "python" / "src")},
        ),
        Case("go", [str(go), batches, str(directory)], missing="" if go.exists() else "no Go"),
    ]
