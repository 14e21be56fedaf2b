"""What comes with the package: version, types, documents, examples."""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
from pathlib import Path

import pytest

import alog
from conftest import BINDING, BUILT, PACKAGE, REPOSITORY, Script, run

EXAMPLES = REPOSITORY / "examples" / "python"


def test_the_version_is_the_one_in_cargo_toml_and_in_the_library() -> None:
    version, *_ = re.findall(r'^version = "(.*)"$', (REPOSITORY / "Cargo.toml").read_text(), flags=re.M)
    assert alog.__version__ == alog.library_version() == version


def test_every_public_name_exists_and_is_documented() -> None:
    assert alog.__all__ == sorted(alog.__all__, key=lambda name: (name == name.lower(), name))
    for name in alog.__all__:
        member = getattr(alog, name)
        if inspect.isclass(member) or inspect.isfunction(member):
            assert member.__doc__, name
    for name, member in inspect.getmembers(alog.Logger):
        if inspect.isfunction(member) and not name.startswith("_"):
            assert member.__doc__, name


def test_the_snippets_of_the_readme_run(script: Script) -> None:
    snippets = re.findall(r"```python\n(.*?)```", (BINDING / "README.md").read_text(), flags=re.S)
    assert snippets
    for snippet in snippets:
        script(snippet)


def test_the_first_example_logs_to_screen_and_file(tmp_path: Path) -> None:
    said = run(sys.executable, str(EXAMPLES / "first.py"), cwd=tmp_path, PYTHONPATH=str(PACKAGE.parent))
    *lines, summary = said.splitlines()
    assert [line.split("] ")[1] for line in lines] == [
        "INFO - service started",
        "DEBUG - cache is warm",
        'ERROR - cannot reach "db1":\\nconnection refused',
    ]
    assert summary == "3 messages are written"
    assert (tmp_path / "first.log").read_text().splitlines() == lines


@pytest.mark.parametrize("how", ["argument", "environment", "default"])
def test_the_example_with_ctypes_alone_finds_the_library(tmp_path: Path, how: str) -> None:
    example = [sys.executable, "-I", str(EXAMPLES / "plain_ctypes.py")]
    if how == "environment":
        example.remove("-I")
        said = run(*example, cwd=tmp_path, ALOG_LIBRARY=str(BUILT), PYTHONPATH="")
    elif how == "argument":
        said = run(*example, str(BUILT), cwd=tmp_path, ALOG_LIBRARY="/missing")
    else:
        os.environ.pop("ALOG_LIBRARY", None)
        said = run(*example, cwd=tmp_path)
    first, second, error = said.splitlines()
    assert first.endswith("] INFO - hello from Python")
    assert second.endswith(r"] ERROR - one line,\neven so")
    assert error.startswith("file:/dev/full: ") and "no space left" in error


def test_the_example_with_fields_logs_to_screen_and_file(tmp_path: Path) -> None:
    said = run(sys.executable, str(EXAMPLES / "record.py"), cwd=tmp_path, PYTHONPATH=str(PACKAGE.parent))
    assert [" ".join(line.split()) for line in said.splitlines()] == [
        "INFO shop user ann logged in from 10.0.0.7",
        "WARN shop slow: 812.5 ms",
        "ERROR shop.db cannot read orders",
        "DEBUG shop but this",
    ]
    records = [json.loads(line) for line in (tmp_path / "record.log").read_text().splitlines()]
    assert records[0]["password"] == "***"
    assert records[1]["query"] == {"table": "orders", "rows": 3}
    assert records[2]["error_type"] == "FileNotFoundError"
    assert [record.get("request") for record in records] == [None, 7, None, 7]
    assert all(record["host"] and record["source"].startswith("record.py:") for record in records)
