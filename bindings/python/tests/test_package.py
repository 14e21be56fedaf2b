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


def snippets() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (BINDING / "README.md").read_text(), flags=re.S)


@pytest.mark.parametrize("number", range(len(snippets())))
def test_a_snippet_of_the_readme_runs(script: Script, number: int) -> None:
    script(snippets()[number])


def test_the_links_of_the_readme_lead_somewhere() -> None:
    text = (BINDING / "README.md").read_text()
    headings = {re.sub(r"[^\w -]", "", line[3:]).lower().replace(" ", "-") for line in text.splitlines() if line[:3] == "## "}
    assert set(re.findall(r"\(#([\w-]+)\)", text)) <= headings


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


def test_the_example_for_the_standard_logging_logs_with_fields(tmp_path: Path) -> None:
    run(sys.executable, str(EXAMPLES / "standard.py"), cwd=tmp_path, PYTHONPATH=str(PACKAGE.parent))
    records = [json.loads(line) for line in (tmp_path / "shop.log").read_text().splitlines()]
    assert [record["message"] for record in records] == ["sold 3 of tea", "slow: 812 ms", "cannot load orders"]
    assert records[1]["table"] == "orders" and records[2]["error_type"] == "KeyError"
    assert all(record["source"].startswith("standard.py:") for record in records)


def test_the_example_with_an_event_loop_tells_its_errors(tmp_path: Path) -> None:
    said = run(sys.executable, str(EXAMPLES / "service.py"), cwd=tmp_path, PYTHONPATH=str(PACKAGE.parent))
    assert "the log itself failed: file:/dev/full: " in said
    lines = (tmp_path / "service.log").read_text().splitlines()
    assert [line.split(" - ")[1] for line in lines] == ["asked for tea request=7", "done request=7"]


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
