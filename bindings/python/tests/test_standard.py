"""The class of loggers for ``logging``: the short way says what the long one says, and is left whenever it could not."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

import alog
from alog import Handler, StandardLogger, _source
from conftest import HANG, Script

COMPARED = ("level", "logger", "message", "source", "error_type", "a", "levelname", "stack")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


@pytest.fixture
def log(file: Path) -> Iterator[alog.Logger]:
    with alog.Logger(file, level="all", format="json", name="app") as log:
        yield log


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> list[logging.LogRecord]:
    """The records that were made: there is none on the short way."""
    made: list[logging.LogRecord] = []
    init = logging.LogRecord.__init__

    def noting(self: logging.LogRecord, *arguments: Any, **more: Any) -> None:
        init(self, *arguments, **more)
        made.append(self)

    # Not a method of the loggers: to replace one of those leads away from the short way.
    monkeypatch.setattr(logging.LogRecord, "__init__", noting)
    return made


def pair(log: alog.Logger, kind: type[StandardLogger] = StandardLogger) -> tuple[logging.Logger, StandardLogger]:
    """A logger of each kind below a parent that has the handler."""
    parent = logging.Logger("parent", 1)
    parent.addHandler(Handler(log))
    loggers = logging.Logger("shop.db"), kind("shop.db")
    for one in loggers:
        one.parent = parent
        one.manager = logging.Manager(parent)  # type: ignore[arg-type]
        one.manager.loggerDict[one.name] = one  # whose caches it clears
    return loggers


def written(log: alog.Logger, file: Path) -> list[dict[str, Any]]:
    log.flush()
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return [{key: line.get(key) for key in COMPARED} for line in lines]


CALLS: dict[str, Callable[[logging.Logger], None]] = {
    "debug": lambda one: one.debug("m"),
    "info": lambda one: one.info("m"),
    "warning": lambda one: one.warning("m"),
    "error": lambda one: one.error("m"),
    "critical": lambda one: one.critical("m"),
    "log": lambda one: one.log(25, "m"),
    "trace": lambda one: one.log(5, "m"),
    "arguments": lambda one: one.info("%s is %d", "x", 5),
    "one dict": lambda one: one.info("%(a)s", {"a": 1}),
    "an empty dict": lambda one: one.info("%s", {}),
    "no text": lambda one: one.info(5),
    "an object": lambda one: one.info(ValueError("text")),
    "braces": lambda one: one.info("{a} %"),
}
LONG: dict[str, Callable[[logging.Logger], None]] = {
    "extra": lambda one: one.info("m", extra={"a": 1}),
    "exception": lambda one: one.exception("m"),
    "exc_info": lambda one: one.error("m", exc_info=KeyError("k")),
    "stack_info": lambda one: one.error("m", stack_info=True),
    "stacklevel": lambda one: one.error("m", stacklevel=1),
    "a level of the program": lambda one: one.log(35, "m"),
    "an adapter": lambda one: logging.LoggerAdapter(one, {"a": 1}).info("m"),
}


@pytest.mark.parametrize("call", [*CALLS.values(), *LONG.values()], ids=[*CALLS, *LONG])
def test_a_call_says_what_it_says_with_the_logger_of_logging(
    log: alog.Logger, file: Path, call: Callable[[logging.Logger], None]
) -> None:
    for one in pair(log):
        call(one)
    theirs, ours = written(log, file)
    assert ours == theirs
    assert ours["source"].startswith("test_standard.py:") and ours["logger"] == "app.shop.db"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_plain_calls_make_no_record(
    log: alog.Logger, records: list[logging.LogRecord], call: Callable[[logging.Logger], None]
) -> None:
    call(pair(log)[1])
    assert records == []


@pytest.mark.parametrize("call", LONG.values(), ids=LONG)
def test_other_calls_make_one(
    log: alog.Logger, records: list[logging.LogRecord], call: Callable[[logging.Logger], None]
) -> None:
    call(pair(log)[1])
    assert len(records) == 1


def foreign(ours: StandardLogger) -> None:
    ours.addHandler(logging.NullHandler())


def foreign_above(ours: StandardLogger) -> None:
    assert ours.parent is not None
    ours.parent.handlers.append(logging.NullHandler())


def filtered(ours: StandardLogger) -> None:
    ours.addFilter(lambda record: True)


def filtered_handler(ours: StandardLogger) -> None:
    assert ours.parent is not None
    ours.parent.handlers[0].addFilter(lambda record: True)


def formatted(ours: StandardLogger) -> None:
    assert ours.parent is not None
    ours.parent.handlers[0].setFormatter(logging.Formatter("%(message)s"))


def replaced_handler(ours: StandardLogger) -> None:
    class Mine(Handler):
        pass

    assert ours.parent is not None
    handler: Any = ours.parent.handlers[0]
    ours.parent.handlers = [Mine(handler._alog)]


@pytest.mark.parametrize("change", [foreign, foreign_above, filtered, filtered_handler, formatted, replaced_handler])
def test_what_wants_to_see_records_sees_them(
    log: alog.Logger, records: list[logging.LogRecord], change: Callable[[StandardLogger], None]
) -> None:
    ours = pair(log)[1]
    ours.info("short")
    assert records == []
    change(ours)
    ours.info("long")
    assert len(records) == 1


def test_another_class_of_records_is_used(log: alog.Logger, records: list[logging.LogRecord]) -> None:
    class Mine(logging.LogRecord):
        pass

    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(Mine)
    try:
        pair(log)[1].info("x")
    finally:
        logging.setLogRecordFactory(before)
    assert [type(record) for record in records] == [Mine]


def test_a_subclass_that_takes_part_is_asked(log: alog.Logger) -> None:
    class Mine(StandardLogger):
        def handle(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    class Plain(StandardLogger):
        def more(self) -> None:
            pass

    seen: list[str] = []
    pair(log, Mine)[1].info("x")
    pair(log, Plain)[1].info("y")
    assert seen == ["x"]


@pytest.mark.parametrize("name", ["_log", "makeRecord", "handle", "callHandlers", "findCaller"])
@pytest.mark.parametrize("where", ["class", "base", "object"])
def test_a_method_that_is_replaced_later_is_called(
    log: alog.Logger, monkeypatch: pytest.MonkeyPatch, name: str, where: str
) -> None:
    ours = pair(log)[1]
    ours.info("short")
    target: Any = {"class": StandardLogger, "base": logging.Logger, "object": ours}[where]
    known: Any = getattr(target, name)
    seen: list[str] = []

    def replaced(*arguments: Any, **named: Any) -> Any:
        seen.append(name)
        return known(*arguments, **named)

    monkeypatch.setattr(target, name, replaced, raising=False)
    ours.info("long")
    assert seen == [name]


@pytest.mark.parametrize("name", ["handle", "emit", "filter"])
@pytest.mark.parametrize("where", ["class", "object"])
def test_a_method_of_the_handler_that_is_replaced_later_is_called(
    log: alog.Logger, monkeypatch: pytest.MonkeyPatch, name: str, where: str
) -> None:
    ours = pair(log)[1]
    ours.info("short")
    assert ours.parent is not None
    target: Any = {"class": Handler, "object": ours.parent.handlers[0]}[where]
    known: Any = getattr(target, name)
    seen: list[str] = []

    def replaced(*arguments: Any) -> Any:
        seen.append(name)
        return known(*arguments)

    monkeypatch.setattr(target, name, replaced, raising=False)
    ours.info("long")
    assert seen == [name]


def test_levels_disabling_and_propagation_count_as_ever(log: alog.Logger, file: Path) -> None:
    ours = pair(log)[1]
    assert ours.parent is not None
    ours.setLevel(logging.ERROR)
    ours.info("off")
    ours.setLevel(logging.NOTSET)
    ours.parent.handlers[0].setLevel(logging.ERROR)
    ours.info("off for the handler")
    ours.parent.handlers[0].setLevel(logging.NOTSET)
    log.levels = "warn"
    ours.info("off for the logger behind it")
    log.levels = "all"
    ours.disabled = True
    ours.info("disabled")
    ours.disabled = False
    manager: Any = ours.manager
    manager.disable = logging.INFO
    manager._clear_cache()
    ours.info("all disabled")
    manager.disable = 0
    manager._clear_cache()
    ours.info("on")
    assert [line["message"] for line in written(log, file)] == ["on"]


def test_nobody_to_hear_it_is_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    alone = StandardLogger("alone")
    alone.warning("help")
    assert "help" in capsys.readouterr().err  # the last resort of `logging`


def test_what_cannot_be_formatted_is_told_as_logging_does(log: alog.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    ours = pair(log)[1]
    ours.error("%d", "no number")
    assert "--- Logging error ---" in capsys.readouterr().err
    with pytest.raises(TypeError, match="level must be an integer"):
        ours.log("INFO", "x")  # type: ignore[arg-type]


def test_methods_of_logging_that_call_others_have_the_place_of_the_program(log: alog.Logger, file: Path) -> None:
    ours = pair(log)[1]
    with pytest.warns(DeprecationWarning):
        ours.warn("old name")
    ours.exception("x")
    assert all(line["source"].startswith("test_standard.py:") for line in written(log, file))


class Shop:
    def sell(self, one: Any) -> None:
        one.info("m")


def test_a_function_has_the_name_that_logging_gives_it_on_both_ways(file: Path) -> None:
    with alog.Logger(file, pattern="{function}") as log:
        theirs, ours = pair(log)
        for one in (theirs, ours, log, ours, log):  # the same place in the program is that of a logger of alog as well
            Shop().sell(one)
        ours.addHandler(logging.NullHandler())
        Shop().sell(ours)
    of_alog = getattr(Shop.sell.__code__, "co_qualname", "sell")  # since Python 3.11
    assert file.read_text().split() == ["sell", "sell", of_alog, "sell", of_alog, "sell"]


def test_more_places_than_are_remembered_have_their_names(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_source, "REMEMBERED", 10)
    with alog.Logger(file, pattern="{line}") as log:
        exec("\n".join(["ours.info('x')"] * 100), {"ours": pair(log)[1]})
    assert len(_source._in_logging) <= 10
    assert file.read_text().split() == [str(line) for line in range(1, 101)]


def test_many_threads_and_names(log: alog.Logger, file: Path) -> None:
    parent = pair(log)[1].parent
    start = threading.Barrier(5)

    def work(number: int) -> None:
        ours = StandardLogger(f"name{number}")
        ours.parent, ours.manager = parent, logging.Manager(parent)  # type: ignore[arg-type]
        start.wait(HANG)
        for count in range(200):
            ours.info("%d", count)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    start.wait(HANG)
    for thread in threads:
        thread.join()
    lines = written(log, file)
    for number in range(4):
        mine = [line["message"] for line in lines if line["logger"] == f"app.name{number}"]
        assert mine == [str(count) for count in range(200)]


def test_what_no_python_code_calls_is_logged(script: Script, tmp_path: Path) -> None:
    script(
        """
import atexit, logging, alog
log = alog.StandardLogger("shop")
log.addHandler(alog.Handler("file:app.log", format="json"))
atexit.register(log.info, "at the end")
"""
    )
    assert json.loads((tmp_path / "app.log").read_text())["message"] == "at the end"


def test_it_is_the_class_of_all_loggers_after_set_logger_class(script: Script, tmp_path: Path) -> None:
    script(
        """
import logging, alog
logging.setLoggerClass(alog.StandardLogger)
logging.basicConfig(handlers=[alog.Handler("file:app.log", pattern="{logger} {message}")], level=logging.INFO)
log = logging.getLogger("shop.db")
assert type(log) is alog.StandardLogger and type(log.getChild("x")) is alog.StandardLogger
log.info("%s", "short")
log.debug("off")
logging.info("root")
log.getChild("x").info("child")
"""
    )
    assert (tmp_path / "app.log").read_text() == "shop.db short\n root\nshop.db.x child\n"
