"""What is run: each case is one program with its arguments. build.sh and peers/build.sh have built the programs."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "target" / "bench"
BIN = OUT / "bin"

#: Loggers of C++ and Rust that alog is compared with, and how the tables call them.
NATIVE_PEERS = {
    "spdlog": "spdlog, async logger",
    "tracing": "tracing-appender, non_blocking",
    "slog": "slog-async, slog-term",
    "flexi": "flexi_logger, WriteMode::Async",
}
GO_PEERS = ["zap", "zerolog", "phuslu"]
PYTHON_PEERS = ["picologging", "structlog", "loguru"]
#: Subjects of the latency table, in its order, and how the table calls them.
LATENCY = {
    "alog": "alog_write, into a file",
    "ring0": "bare ring, inlined: header, copy, publish",
    "ring1": "bare ring with rdtsc",
    "ring2": "bare ring with lfence + rdtsc",
    "ring3": "bare ring with rdtscp",
    "stdio": "mutex, clock_gettime, gmtime_r, fprintf",
    **NATIVE_PEERS,
}
#: The same of records with two integers and a double.
VALUES = {
    "alog-values": "alog_log, three fields in a template",
    "alog-macro": "ALOG_INFO, the same, with its place",
    "stdio-values": "mutex, clock_gettime, gmtime_r, fprintf",
    **{f"{peer}-values": title for peer, title in NATIVE_PEERS.items()},
}
#: The same of the table of sustained load: subject, threads.
SUSTAINED = {
    ("alog", 1): "alog_write",
    ("alog", 4): "alog_write",
    ("json", 1): "alog_write, format=json",
    ("json", 4): "alog_write, format=json",
    ("stdio", 1): "clock_gettime, gmtime_r, fprintf",
    ("stdio", 4): "the same, one mutex for all",
    ("bytes", 1): "ready-made lines, 128 KiB per write(2)",
    **{(peer, threads): title for peer, title in NATIVE_PEERS.items() for threads in (1, 4)},
}
#: What it takes to begin and to end.
NEW_STOP = {"alog": "alog_new + alog_stop + alog_free, file", **NATIVE_PEERS}
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

    @property
    def peer_lines(self) -> int:
        """Lines of the sustained load for loggers that take a second for a million."""
        return self.lines // 4


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
    #: Somebody else's: if it fails, it is missing, and the rest goes on.
    peer: bool = False


def cases(parameters: Parameters, directory: Path) -> list[Case]:
    """Every case, in the order of the tables. Programs write below `directory`."""
    return [
        *_latency(parameters, directory),
        *_sustained(parameters, directory),
        *_life(parameters, directory),
        *_languages(parameters, directory),
    ]


def _absent(peer: str) -> str:
    """Why peers/build.sh could not build it; empty if it could."""
    reason = OUT / "missing" / peer
    return reason.read_text().strip() if reason.exists() else ""


def _native(name: str, program: str, subject: str, arguments: list[str], environment: dict[str, str]) -> Case:
    """A program in C with a subject: alog, a limit, or one of the peers."""
    peer = subject.split("-")[0]
    return Case(
        name,
        [str(BIN / f"{program}-{subject}"), *arguments],
        missing=_absent(peer),
        environment=environment,
        peer=peer in NATIVE_PEERS,
    )


def _latency(parameters: Parameters, directory: Path) -> list[Case]:
    log, warm = str(directory / "latency.log"), str(parameters.warm_messages)
    # Four threads give four times as many calls: half the time is enough.
    bursts = {1: str(parameters.bursts), 4: str(parameters.bursts // 2)}
    runs = [(subject, threads) for threads in (1, 4) for subject in LATENCY] + [(subject, 1) for subject in VALUES]
    found = [
        _native(f"latency/{subject}/{threads}", "latency", subject, [str(threads), bursts[threads], warm, log], {})
        for subject, threads in runs
    ]
    crash = {"BENCH_ALOG": f"crash_dir={directory / 'queues'}"}
    return [
        *found,
        _native("latency/alog-new/1", "latency", "alog", ["1", bursts[1], "0", log], {}),
        _native("latency/alog-crash/1", "latency", "alog", ["1", bursts[1], warm, log], crash),
    ]


def _sustained(parameters: Parameters, directory: Path) -> list[Case]:
    log, found = str(directory / "sustained.log"), []
    for subject, threads in SUSTAINED:
        lines = parameters.peer_lines if subject in NATIVE_PEERS else parameters.lines
        program, environment = subject, {}
        if subject == "json":
            program, environment = "alog", {"BENCH_ALOG": "format=json"}
        arguments = [str(threads), str(lines), log]
        found.append(_native(f"sustained/{subject}/{threads}", "sustained", program, arguments, environment))
    return found


def _life(parameters: Parameters, directory: Path) -> list[Case]:
    log, count = str(directory / "life.log"), str(parameters.repetitions)
    callgrind = ["valgrind", "--tool=callgrind", "--toggle-collect=alog_write", "--callgrind-out-file=/dev/null"]
    no_valgrind = "" if shutil.which("valgrind") else "no valgrind"
    return [
        *(_native(f"new_stop/{subject}", "new_stop", subject, [count, log], {}) for subject in NEW_STOP),
        Case("life", [str(BIN / "life"), count, log]),
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
    batches, bench, go = str(parameters.batches), ROOT / "tests" / "bench", BIN / "go-calls"
    package, harness = ROOT / "bindings" / "python" / "src", bench / "python"
    arguments = [batches, str(directory)]
    return [
        Case(
            "python",
            [sys.executable, str(harness / "calls.py"), *arguments],
            environment={"PYTHONPATH": str(package)},
        ),
        *(
            Case(
                f"python/{peer}",
                [str(OUT / "venv" / "bin" / "python"), str(bench / "peers" / "python" / "peers.py"), peer, *arguments],
                environment={"PYTHONPATH": str(harness)},
                missing=_absent(peer),
                peer=True,
            )
            for peer in PYTHON_PEERS
        ),
        Case("go", [str(go), *arguments], missing="" if go.exists() else "no Go"),
        *(
            Case(f"go/{peer}", [str(BIN / f"go-{peer}"), *arguments], missing=_absent(peer), peer=True)
            for peer in GO_PEERS
        ),
    ]
