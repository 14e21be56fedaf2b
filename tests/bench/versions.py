"""Which versions of other loggers are compared with: as they are pinned, or, of system packages, installed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

PEERS = Path(__file__).resolve().parent / "peers"
#: Packages that stand for a logger, and not for something that it needs.
SHOWN = {"tracing-appender", "tracing-subscriber", "slog-async", "slog-term", "flexi_logger"}


def _system(name: str) -> list[str]:
    """The version of a library that pkg-config knows; none if it is not there."""
    try:
        done = subprocess.run(["pkg-config", "--modversion", name], capture_output=True, text=True, check=False)
    except OSError:
        return []
    return [f"{name} {done.stdout.strip()}"] if done.returncode == 0 else []


def _crates() -> list[str]:
    text = (PEERS / "rust" / "Cargo.lock").read_text()
    pairs = re.findall(r'^name = "(.*)"\nversion = "(.*)"$', text, re.MULTILINE)
    return [f"{name} {version}" for name, version in pairs if name in SHOWN]


def _modules() -> list[str]:
    text = (PEERS / "go" / "go.mod").read_text()
    direct = re.findall(r"^\t(\S+) v(\S+)$", text, re.MULTILINE)
    return [f"{name.split('.', 1)[-1].split('/', 1)[-1]} {version}" for name, version in direct if "alog.dev" not in name]


def _packages() -> list[str]:
    text = (PEERS / "python" / "requirements.txt").read_text()
    return [f"{name} {version}" for name, version in re.findall(r"^(\w+)==(\S+)", text, re.MULTILINE)]


def versions() -> str:
    """All of them, for the caption of the tables."""
    return ", ".join([*_system("spdlog"), *_system("fmt"), *_crates(), *_modules(), *_packages()])
