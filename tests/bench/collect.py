"""Runs every case of the plan, round after round, and prints what they gave as tables.

    collect.py                      run, print, and write target/bench/results.json and results.md

Interleaved: a round runs every case once, so that what disturbs the machine for a while disturbs all of them;
every round begins with another case. Timings never fail anything. A program of alog's that ends with an error ends the run;
another logger's is missing from then on, with the reason.
"""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import draw
import plan
import render
import versions

#: A safety net against a program that hangs, in seconds.
TIMEOUT = 300


class Failed(Exception):
    """A program ended with an error, or not at all."""


def run(case: plan.Case) -> dict[str, float]:
    """Runs one case; gives its results by name."""
    environment = {**os.environ, **case.environment}
    try:
        done = subprocess.run(
            case.command, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from error
    if done.returncode != 0:
        said = (done.stderr + done.stdout).strip()
        raise Failed(f"{' '.join(case.command)} ended with status {done.returncode}: {said}")
    if case.name.startswith("instructions/"):
        collected = re.search(r"Collected : (\d+)", done.stderr)
        return {"instructions": float(collected.group(1))} if collected else {}
    return {name: float(value) for name, value in (line.split("\t") for line in done.stdout.splitlines())}


def rounds(cases: list[plan.Case], count: int, missing: dict[str, str]) -> dict[str, dict[str, list[float]]]:
    """Runs all of them so many times; gives every result of every case. Adds those that fail to `missing`."""
    results: dict[str, dict[str, list[float]]] = {case.name: {} for case in cases}
    runnable = [case for case in cases if not case.missing]
    for number in range(count):
        begin = time.monotonic()
        first = number * len(runnable) // count
        for case in runnable[first:] + runnable[:first]:
            if (case.once and number > 0) or case.name in missing:
                continue
            started = time.monotonic()
            try:
                found = run(case)
            except Failed as failed:
                if not case.peer:
                    sys.exit(str(failed))
                print(f"bench: {case.name} is missing: {failed}", file=sys.stderr, flush=True)
                missing[case.name] = " ".join(str(failed).split())[:200]
                results[case.name] = {}
                continue
            found["run_s"] = time.monotonic() - started
            for name, value in found.items():
                results[case.name].setdefault(name, []).append(value)
        print(f"round {number + 1} of {count}: {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    return results


def busy_seconds() -> float:
    """Processor seconds that this machine has spent on programs since it was started."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """Processor seconds that this program and those that it ran have used."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def first_line(*command: str) -> str:
    """The first line that a program prints; empty if there is no such program."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.splitlines()[0] if done.stdout else ""


def machine() -> dict[str, str]:
    """What this runs on."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"^model name\s*: (.*)$", info, re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} processors",
        "memory": f"{memory:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "file system": first_line("stat", "-f", "-c", "%T", str(plan.OUT)),
        "compiler": first_line(os.environ.get("CC", "cc"), "--version"),
        "Rust": first_line("rustc", "--version"),
        "Python": platform.python_version(),
        "Go": first_line("go", "env", "GOVERSION"),
        "compared with": versions.versions(),
    }


def main() -> None:
    parameters = plan.Parameters.from_environment()
    directory = os.environ.get("BENCH_DIR", plan.OUT)
    with tempfile.TemporaryDirectory(prefix="logs-", dir=directory) as logs:
        cases = plan.cases(parameters, Path(logs))
        began, busy, own = time.monotonic(), busy_seconds(), own_seconds()
        missing = {case.name: case.missing for case in cases if case.missing}
        results = rounds(cases, parameters.rounds, missing)
        elapsed = time.monotonic() - began
    others = max(0.0, (busy_seconds() - busy) - (own_seconds() - own)) / elapsed
    report = {
        "machine": machine(),
        "parameters": vars(parameters),
        "elapsed_s": elapsed,
        "others": others,
        "missing": missing,
        "results": results,
    }
    (plan.OUT / "results.json").write_text(json.dumps(report, indent=1))
    tables = render.tables(report)
    (plan.OUT / "results.md").write_text(tables)
    draw.pictures(report, plan.OUT / "pictures")
    print(tables)


main()
