"""The handler for the standard logging."""

from __future__ import annotations

import io
import json
import logging
import logging.handlers
import os
import queue
import threading
import warnings
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import alog
from alog import Logger, _callbacks
from alog.handler import Handler, level_of
from conftest import HANG, Gate, Script


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


def raise_and_log(named: logging.Logger) -> None:
    try:
        raise KeyError("k")
    except KeyError:
        named.exception("failed", stack_info=True, extra={"a": 1})


def test_an_exception_and_a_stack_become_fields(file: Path, named: logging.Logger) -> None:
    with Logger(file, format="json") as log:
        named.addHandler(Handler(log))
        raise_and_log(named)
    (line,) = logged(file)
    assert (line["message"], line["error"], line["error_type"], line["a"]) == ("failed", "'k'", "KeyError", 1)
    assert "Traceback" in line["traceback"] and line["stack"].startswith("Stack (most recent call last)")


def test_with_a_formatter_the_message_is_what_it_makes_exception_and_stack_included(
    file: Path, named: logging.Logger
) -> None:
    with Logger(file, format="json") as log:
        handler = Handler(log)
        handler.setFormatter(logging.Formatter("<%(levelname)s %(message)s>"))
        named.addHandler(handler)
        raise_and_log(named)
        handler.setFormatter(None)
        named.error("plain")
    line, plain = logged(file)
    assert line["message"].startswith("<ERROR failed>\nTraceback") and "Stack (most" in line["message"]
    assert line["a"] == 1 and not {"error", "traceback", "stack"} & line.keys()
    assert plain["message"] == "plain"


def test_the_format_that_basic_config_sets_by_itself_counts_as_none(file: Path) -> None:
    with Logger(file, format="json") as log:
        handler = Handler(log)
        handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
        handler.handle(logging.makeLogRecord({"msg": "m", "levelno": 20}))
        handler.setFormatter(logging.Formatter("%(levelname)s:%(message)s"))
        handler.handle(logging.makeLogRecord({"msg": "m", "levelno": 20, "levelname": "INFO"}))
    assert [line["message"] for line in logged(file)] == ["m", "INFO:m"]


def test_the_text_of_an_exception_from_elsewhere_is_a_field(file: Path) -> None:
    with Logger(file, format="json") as log:  # as a SocketHandler sends it
        Handler(log).handle(logging.makeLogRecord({"msg": "m", "levelno": 40, "exc_text": "Traceback: E"}))
    assert logged(file)[0]["traceback"] == "Traceback: E"


def test_a_level_of_the_program_leaves_its_name(file: Path, named: logging.Logger) -> None:
    logging.addLevelName(35, "SECURITY")
    with Logger(file, level="all", format="json") as log:
        named.addHandler(Handler(log))
        named.log(35, "door")
        named.log(36, "no name")
        named.log(25, "notice")
        named.log(5, "trace")
    lines = logged(file)
    assert [line["level"] for line in lines] == ["WARN", "WARN", "NOTICE", "TRACE"]
    assert [line.get("levelname") for line in lines] == ["SECURITY", None, None, None]


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


def test_a_handler_has_a_logger_of_its_own_if_it_is_told_where_lines_go(file: Path, named: logging.Logger) -> None:
    memory = io.StringIO()
    handler = Handler([file, memory], logging.INFO, pattern="{level} {message}")
    named.addHandler(handler)
    named.debug("off")
    named.info("on")
    handler.flush()
    assert file.read_text() == memory.getvalue() == "INFO on\n"
    named.info("last")
    handler.close()
    named.info("late")  # in silence
    handler.flush()
    assert file.read_text() == memory.getvalue() == "INFO on\nINFO last\n"


@pytest.mark.parametrize("kind", [list, tuple, deque])
def test_several_destinations_come_in_any_sequence(kind: Any, named: logging.Logger) -> None:
    one, two = io.StringIO(), io.StringIO()
    handler = Handler(kind([one, two]), format="raw")
    named.addHandler(handler)
    named.info("x")
    handler.close()
    assert one.getvalue() == two.getvalue() == "x\n"


def test_settings_are_for_a_logger_of_its_own_only(file: Path) -> None:
    with Logger(file) as log, pytest.raises(TypeError, match="format"):
        Handler(log, format="json")
    with pytest.raises(alog.ConfigError, match="nonsense"):
        Handler(file, format="nonsense")


def test_a_handler_that_could_not_be_made_is_none_of_those_that_logging_knows(gate: Gate) -> None:
    known: Any = logging
    before, registered = list(known._handlerList), set(_callbacks._registered)
    wrong: list[tuple[Any, Any]] = [("file:/missing/app.log", "INFO"), (gate, "LOUD"), (gate, 1.5)]
    for to, level in wrong:
        with pytest.raises((alog.OpenError, ValueError, TypeError)) as kept:  # and with it the handler
            Handler(to, level)
        assert [it for it in known._handlerList if it not in before] == [], kept
    assert set(_callbacks._registered) == registered  # nor is a logger of its own left


def test_handlers_show_themselves(file: Path) -> None:
    with Logger(file) as log:
        assert repr(Handler(log, "ERROR")) == f"<alog.Handler {log!r} (ERROR)>"
        theirs, own = Handler(log), Handler(file, "ERROR")
        for handler in (theirs, own):
            handler.close()
        assert (repr(theirs), repr(own)) == ("<alog.Handler closed (NOTSET)>", "<alog.Handler closed (ERROR)>")


def test_filters_of_a_handler_count_also_one_that_changes_the_record(file: Path, named: logging.Logger) -> None:
    def mark(record: logging.LogRecord) -> bool:
        record.marked = True
        return record.getMessage() != "no"

    with Logger(file, pattern="{message} {field:marked}") as log:
        handler = Handler(log)
        handler.addFilter(mark)
        named.addHandler(handler)
        named.error("no")
        named.error("yes")
    assert file.read_text() == "yes true\n"


def test_threads_do_not_wait_for_one_that_waits_for_space(gate: Gate, named: logging.Logger) -> None:
    log = Logger(gate, queue_bytes="4KiB")
    named.addHandler(Handler(log))
    named.error("first")
    assert gate.entered.wait(HANG)

    def fill() -> None:
        for _ in range(10):
            named.error("x" * 1000)

    full = threading.Thread(target=fill)
    full.start()  # it waits in the queue of its own thread, and holds nothing
    while log.stats().attempted < 4:
        os.sched_yield()
    named.error("second")
    gate.open.set()
    full.join()
    log.close()
    assert len(gate.lines()) == 12


def test_an_overridden_emit_has_the_lock_that_it_expects(file: Path) -> None:
    class Mine(Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lock: Any = self.lock
            taken: list[bool] = []
            other = threading.Thread(target=lambda: taken.append(lock.acquire(blocking=False)))
            other.start()
            other.join()
            assert taken == [False]
            super().emit(record)

    with Logger(file, format="raw") as log:
        Mine(log).handle(logging.makeLogRecord({"msg": "m", "levelno": 40}))
    assert file.read_text() == "m\n"


CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"short": {"format": "%(name)s: %(message)s"}},
    "handlers": {
        "file": {"class": "alog.Handler", "to": "file:dict.log", "level": "INFO", "format": "json", "source_key": ""},
        "both": {
            "class": "alog.Handler",
            "to": ["file:one.log", "file:two.log?level=error"],
            "formatter": "short",
            "format": "raw",
        },
        "mine": {"class": "alog.Handler", "to": "ext://settings.log"},
    },
    "loggers": {"shop": {"level": "DEBUG", "handlers": ["file", "both", "mine"], "propagate": False}},
}


def test_dict_config_makes_handlers(script: Script, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("import alog\nlog = alog.Logger('file:mine.log', format='raw')\n")
    script(
        f"""
import logging.config
logging.config.dictConfig({CONFIG!r})
log = logging.getLogger("shop")
log.debug("quiet")
log.info("sold", extra={{"item": 7}})
log.error("broken")
"""
    )
    lines = logged(tmp_path / "dict.log")
    assert [(line["level"], line["message"], line.get("item")) for line in lines] == [
        ("INFO", "sold", 7),
        ("ERROR", "broken", None),
    ]
    assert (tmp_path / "one.log").read_text() == "shop: quiet\nshop: sold\nshop: broken\n"
    assert (tmp_path / "two.log").read_text() == "shop: broken\n"
    assert (tmp_path / "mine.log").read_text() == "sold\nbroken\n"  # that logger's level is INFO


def test_file_config_makes_handlers(script: Script, tmp_path: Path) -> None:
    (tmp_path / "logging.ini").write_text(
        """
[loggers]
keys = root
[handlers]
keys = app, more
[formatters]
keys = short
[logger_root]
level = INFO
handlers = app, more
[handler_app]
class = alog.Handler
args = ("file:app.log",)
kwargs = {"format": "raw"}
formatter = short
[handler_more]
class = alog.Handler
level = ERROR
args = (["file:more.log"],)
[formatter_short]
format = %(levelname)s %(message)s
"""
    )
    script(
        "import logging.config\nlogging.config.fileConfig('logging.ini')\n"
        "logging.info('a')\nlogging.error('b', extra={'n': 1})\n"
    )
    assert (tmp_path / "app.log").read_text() == "INFO a\nERROR b\n"
    assert (tmp_path / "more.log").read_text().endswith("ERROR - b n=1\n")


def test_warnings_and_records_of_a_queue_arrive(file: Path) -> None:
    records: queue.Queue[Any] = queue.Queue()
    with Logger(file, pattern="{level} {logger} {message}", name="app") as log:
        handler = Handler(log)
        listener = logging.handlers.QueueListener(records, handler)
        listener.start()
        source = logging.Logger("from.queue")
        source.addHandler(logging.handlers.QueueHandler(records))
        source.error("%s queue", "through a")
        listener.stop()
        python_warnings = logging.getLogger("py.warnings")
        python_warnings.addHandler(handler)
        logging.captureWarnings(True)
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("old", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(False)
        python_warnings.removeHandler(handler)
        target = logging.handlers.MemoryHandler(10, target=handler)
        target.handle(logging.makeLogRecord({"name": "kept", "msg": "kept back", "levelno": 20}))
        target.close()
    first, second, third = file.read_text().splitlines()
    assert first == "ERROR app.from.queue through a queue"
    assert second.startswith("WARN app.py.warnings ") and "DeprecationWarning: old" in second
    assert third == "INFO app.kept kept back"


def test_the_end_of_the_program_writes_what_a_handler_of_its_own_has(script: Script, tmp_path: Path) -> None:
    script(
        """
import atexit, logging, alog
logging.basicConfig(handlers=[alog.Handler("file:app.log", format="raw")], level=logging.INFO)
atexit.register(logging.info, "at the end")
for number in range(1000):
    logging.info("%d", number)
"""
    )
    assert (tmp_path / "app.log").read_text().split("\n") == [*map(str, range(1000)), "at the end", ""]


def test_a_destination_that_hangs_does_not_keep_the_program_from_ending(script: Script) -> None:
    script(
        """
import logging, alog, alog.handler
alog.handler.PATIENCE = 0.1
logging.getLogger().addHandler(alog.Handler("pull:nobody"))
logging.error("x")
"""
    )


@pytest.mark.parametrize("kind", [logging.Logger, alog.StandardLogger])
def test_what_logging_takes_for_a_name_or_a_key_loses_no_record(
    kind: type[logging.Logger], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = io.StringIO()
    handler = Handler(lines, pattern="{logger} {message} {fields}")
    names: list[Any] = ["x\0y", 5]
    for name in names:
        log = kind(name)
        log.addHandler(handler)
        log.error("a", extra={1: 2})  # type: ignore[dict-item, unused-ignore]
        log.error("b")
    handler.close()
    assert lines.getvalue().splitlines() == [
        r' a 1=2 logger="x\x00y"',
        r' b logger="x\x00y"',
        " a 1=2 logger=5",
        " b logger=5",
    ]
    assert capsys.readouterr().err == ""


def test_an_import_of_the_package_does_not_load_logging(script: Any) -> None:
    assert script("import sys, alog\nprint('logging' in sys.modules)").stdout == "False\n"


def test_the_package_has_the_handler_where_it_says() -> None:
    assert alog.Handler is Handler and issubclass(alog.handler.Handler, logging.Handler)
    with pytest.raises(AttributeError, match="no attribute 'Handlers'"):
        alog.Handlers  # noqa: B018
