"""The handler for the standard logging."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import alog
from alog import Logger
from alog.handler import Handler, level_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


@pytest.fixture
def named() -> Iterator[logging.Logger]:
    log = logging.getLogger("alog-test.sub")
    log.propagate = False
    log.setLevel(1)
    yield log
    for handler in list(log.handlers):
        log.removeHandler(handler)


def logged(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_a_record_comes_with_its_name_its_fields_and_its_place(file: Path, named: logging.Logger) -> None:
    with Logger(file, format="json", name="app") as log:
        named.addHandler(Handler(log))
        named.warning("%s {a}", "x", extra={"user": 5, "tags": ["a"]})
        log.flush()
    (line,) = logged(file)
    assert (line["level"], line["message"], line["logger"]) == ("WARN", "x {a}", "app.alog-test.sub")
    assert (line["user"], line["tags"]) == (5, '["a"]')
    assert line["source"].startswith("test_handler.py:")


def test_an_exception_becomes_fields_also_with_a_formatter(file: Path, named: logging.Logger) -> None:
    with Logger(file, format="json") as log:
        handler = Handler(log)
        handler.setFormatter(logging.Formatter("<%(message)s>"))
        named.addHandler(handler)
        try:
            raise KeyError("k")
        except KeyError:
            named.exception("failed", stack_info=True)
    (line,) = logged(file)
    assert (line["message"], line["error"], line["error_type"]) == ("<failed>", "'k'", "KeyError")
    assert "Traceback" in line["traceback"] and "Stack" in line["stack"]


@pytest.mark.parametrize(
    ("number", "level"),
    [(0, 0), (5, 0), (10, 1), (19, 1), (20, 2), (25, 3), (30, 4), (40, 5), (50, 6), (99, 6)],
)
def test_a_level_is_the_next_one_below(number: int, level: int) -> None:
    assert level_of(number) == level


def test_levels_of_both_sides_count(file: Path, named: logging.Logger) -> None:
    with Logger(file, level="warn", pattern="{message}") as log:
        named.addHandler(Handler(log, logging.ERROR))
        for level in ("debug", "warning", "error"):
            getattr(named, level)(level)
        log.levels = "off"
        named.error("off")
    assert file.read_text() == "error\n"


def test_what_cannot_be_formatted_is_told_as_logging_does(
    file: Path, named: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[logging.LogRecord] = []
    monkeypatch.setattr(logging.Handler, "handleError", lambda self, record: told.append(record))
    with Logger(file) as log:
        named.addHandler(Handler(log))
        named.error("%d", "no number")
    assert len(told) == 1


def test_a_closed_logger_drops_what_comes_in_silence(file: Path, named: logging.Logger) -> None:
    log = Logger(file)
    handler = Handler(log)
    named.addHandler(handler)
    log.close()
    named.error("late")
    handler.flush()
    handler.close()


def test_names_beyond_the_most_are_a_field(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alog.handler._MOST_NAMES", 1)
    with Logger(file, format="json") as log:
        handler = Handler(log)
        handler.handle(logging.makeLogRecord({"name": "many", "msg": "m", "levelno": 20}))
        handler.handle(logging.makeLogRecord({"name": "root", "msg": "n", "levelno": 20}))
    first, second = logged(file)
    assert first["logger"] == "many" and "logger" not in second


def test_an_import_of_the_package_does_not_load_logging(script: Any) -> None:
    assert script("import sys, alog\nprint('logging' in sys.modules)").stdout == "False\n"


def test_the_package_has_the_handler_where_it_says() -> None:
    assert issubclass(alog.handler.Handler, logging.Handler)
