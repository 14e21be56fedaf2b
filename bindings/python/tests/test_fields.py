"""Messages with fields: what each value becomes, templates, exceptions, sources."""

from __future__ import annotations

import enum
import json
import math
import sys
import threading
from pathlib import Path
from typing import Any, Callable

import pytest

import alog
from alog import Logger, Status, _fields, _nesting, _source
from conftest import HANG, Gate

METHODS = ["trace", "debug", "info", "notice", "warn", "error", "fatal"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


def logged(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def value(file: Path, given: object) -> Any:
    """What a value is in JSON."""
    with Logger(file, format="json") as log:
        assert log.info("m", it=given)
    return logged(file)[-1]["it"]


def test_each_method_takes_fields_and_a_template(file: Path) -> None:
    with Logger(file, level="trace", pattern="{level} {message}") as log:
        for name in METHODS:
            assert getattr(log, name)("user {id}", id=5) is True
        assert log.log("info", "user {id}", id=6)
        assert log.write("info", "user {id}", id=7) is Status.OK
        assert log.warning("user {id}", id=8) and log.critical("user {id}", id=9)
    by_method = [f"{name.upper()} user 5" for name in METHODS]
    assert file.read_text().splitlines() == [*by_method, "INFO user 6", "INFO user 7", "WARN user 8", "FATAL user 9"]


def test_a_message_without_fields_is_no_template(file: Path) -> None:
    with Logger(file, format="raw", fields={"id": 5}) as log:
        log.info("user {id} {{")
        log.info("user {id} {{", more=1)
    assert file.read_text().splitlines() == ["user {id} {{", "user 5 {"]


class Color(enum.Enum):
    RED = 1


class Number(enum.IntEnum):
    ONE = 1


class Word(str, enum.Enum):
    YES = "yes"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (5, 5),
        (-(1 << 63), -(1 << 63)),
        ((1 << 63) - 1, (1 << 63) - 1),
        (1 << 63, 1 << 63),
        ((1 << 64) - 1, (1 << 64) - 1),
        (1 << 64, str(1 << 64)),
        (-(1 << 63) - 1, str(-(1 << 63) - 1)),
        (True, True),
        (False, False),
        (1.5, 1.5),
        (math.inf, "Infinity"),
        (None, None),
        ("täxt\n", "täxt\n"),
        ("", ""),
        ("\udcff", "\\xff"),
        (b"ab\xff", "ab\\xff"),
        (bytearray(b"ab"), "ab"),
        (memoryview(b"abcd")[::2], "ac"),
        ({}, {}),
        ({"a": {"b": 1, "c": None}, "d": "x"}, {"a": {"b": 1, "c": None}, "d": "x"}),
        ({1: "one", None: 2}, {"1": "one", "None": 2}),
        ([1, "ä", None, 1.5], '[1, "ä", null, 1.5]'),
        ((1, {"a": [True]}), '[1, {"a": [true]}]'),
        ([Path("x")], '["x"]'),
        ([{(1, 2): 3}], "[{(1, 2): 3}]"),
        ({1}, "{1}"),
        (Path("a/b"), "a/b"),
        (ValueError("bad"), "bad"),
        (Color.RED, "Color.RED"),
        (Number.ONE, 1),
        (Word.YES, "yes"),
    ],
)
def test_a_value_keeps_its_type_or_becomes_text(file: Path, given: object, shown: object) -> None:
    found = value(file, given)
    assert (found, type(found)) == (shown, type(shown))


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("never")

    __repr__ = __str__


class Liar:
    """What claims to be of a class by raising, as an unbound proxy does."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("unbound")

    @__class__.setter
    def __class__(self, kind: Any) -> None:
        raise RuntimeError("unbound")


class NoText:
    def __str__(self) -> Any:
        return 5


class BadDict(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        raise RuntimeError("never")


@pytest.mark.parametrize("kind", [Unprintable, Liar, NoText, BadDict])
def test_a_value_that_cannot_be_shown_says_so_and_raises_nothing(file: Path, kind: Any) -> None:
    assert value(file, kind()) == f"<unprintable {kind.__name__}>"
    assert value(file, {"a": kind()}) == {"a": f"<unprintable {kind.__name__}>"}


def test_a_member_of_a_list_that_cannot_be_shown_says_so(file: Path) -> None:
    assert value(file, [1, Unprintable()]) == '[1, "<unprintable Unprintable>"]'
    assert value(file, {Unprintable(): 1}) == {"<unprintable Unprintable>": 1}


def nested(depth: int, wrap: Callable[[Any], Any], core: object) -> Any:
    for _ in range(depth):
        core = wrap(core)
    return core


def test_what_contains_itself_ends_there_as_python_shows_it(file: Path) -> None:
    node: dict[str, Any] = {"name": "x"}
    node["me"] = node["parent"] = node
    assert value(file, node) == {"name": "x", "me": "{...}", "parent": "{...}"}
    child = {"parent": node}
    node["me"], node["parent"] = [child, 1], child
    assert value(file, node) == {"name": "x", "me": '[{"parent": "{...}"}, 1]', "parent": {"parent": "{...}"}}
    endless: list[Any] = [1]
    endless.append(endless)
    assert value(file, endless) == '[1, "[...]"]'
    assert value(file, {"a": (endless,), "b": endless}) == {"a": '[[1, "[...]"]]', "b": '[1, "[...]"]'}


def test_groups_that_are_nested_too_deep_become_text(file: Path) -> None:
    found = value(file, nested(_nesting.DEEPEST + 3, lambda core: {"k": core}, {}))
    assert found == nested(_nesting.DEEPEST, lambda core: {"k": core}, "{'k': {'k': {'k': {}}}}")
    found = value(file, nested(500, lambda core: [core], 1))
    assert json.loads(found) == nested(_nesting.DEEPEST_TEXT, lambda core: [core], "[...]")


WRAPS: dict[str, Callable[[Any], Any]] = {
    "dicts": lambda core: {"a": core, "b": core},
    "lists": lambda core: [core, core],
    "tuples": lambda core: (core, core),
    "lists in dicts": lambda core: {"a": [core], "b": [core]},
    "no key of JSON": lambda core: [{(1, 2): core}, core],
}


@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS)
def test_what_shares_its_members_does_not_grow_without_end(file: Path, wrap: Callable[[Any], Any]) -> None:
    small = nested(4, wrap, {"x": "y" * 10})
    with Logger(file, format="json") as log:
        assert log.info("m", it=small)
        assert log.info("m", it=nested(60, wrap, {"x": "y" * 10}))
    first, second = file.read_text().splitlines()
    assert first.count("y" * 10) == 2**4 and "..." not in first  # what is small is shown each time
    assert "..." in second and len(second) < 8 * _nesting.SHARED_BYTES


def test_many_that_all_know_each_other_are_logged(file: Path) -> None:
    nodes: list[dict[str, Any]] = [{"name": number} for number in range(30)]
    for node in nodes:
        node["knows"] = {str(number): other for number, other in enumerate(nodes)}
    with Logger(file, format="json") as log:
        assert log.info("m", group=nodes[0])
        assert log.info("m", text=nodes)
    assert max(map(len, file.read_text().splitlines())) < 8 * _nesting.SHARED_BYTES


def test_what_makes_new_members_whenever_it_is_asked_ends(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(dict):  # type: ignore[type-arg]
        def items(self) -> Any:
            return [("a", Endless()), ("b", Endless())]

    monkeypatch.setattr(_nesting, "MOST_BYTES", 1 << 17)
    with Logger(file) as log:
        assert log.info("m", group=Endless())
        assert log.info("m", text=[Endless()])


def test_what_is_large_and_shares_nothing_is_shown_whole(file: Path) -> None:
    many = {f"k{number}": {"n": number, "list": [[number]]} for number in range(10000)}
    assert value(file, many) == {key: {"n": it["n"], "list": str(it["list"])} for key, it in many.items()}
    rows = [[number, {"n": number}] for number in range(10000)]
    assert json.loads(value(file, rows)) == rows


def test_keys_may_be_anything_also_names_of_parameters(file: Path) -> None:
    odd: dict[str, Any] = {"a b": 4, "": 5, "\udcff": 6, "k" * 70000: 7}
    with Logger(file, format="json") as log:
        assert log.info("m", self=1, fields=2, log=3, **odd)
    line = logged(file)[0]
    assert [line[key] for key in ("self", "fields", "log", "a b", "", "\\xff", "k" * _fields.MAX_KEY)] == [*range(1, 8)]


def test_more_keys_than_are_remembered_are_all_logged(file: Path) -> None:
    with Logger(file, format="json") as log:
        for start in range(0, 3 * _fields._REMEMBERED, 500):
            many: dict[str, Any] = {f"k{number}": number for number in range(start, start + 500)}
            assert log.info("m", **many)
    assert len(_fields._keys) <= _fields._REMEMBERED
    assert all(line[key] == int(key[1:]) for line in logged(file) for key in line if key.startswith("k"))


def test_a_record_that_is_too_large_is_refused_with_its_fields(file: Path) -> None:
    with Logger(file, max_message_bytes=100) as log:
        assert not log.info("m", it="x" * 200)
        assert log.stats().rejected["too_large"] == 1


def test_what_was_encoded_is_decoded() -> None:
    fields = {"a": 1, "b": "x", "c": {"d": None, "e": {"f": b"\xff"}}, "g": 1.5, "h": True, "i": 1 << 63, "j": "\udcff"}
    assert _fields.decode(_fields.encode(fields)) == fields


def raise_one() -> None:
    raise KeyError("missing")


def test_exception_adds_the_current_exception_as_fields(file: Path) -> None:
    with Logger(file, format="json") as log:
        try:
            raise_one()
        except KeyError as error:
            assert log.exception("cannot load {what}", what="users")
            kept = error
        log.error("later", exc_info=kept)
        log.warn("a triple", exc_info=(type(kept), kept, kept.__traceback__))
        log.info("none", exc_info=True)
        log.info("none", exc_info=(None, None, None))
        log.exception("its own", error="mine", exc_info=kept)
    first, later, triple, none, nothing, own = logged(file)
    assert (first["level"], first["message"]) == ("ERROR", "cannot load users")
    assert (first["error"], first["error_type"]) == ("'missing'", "KeyError")
    assert first["traceback"].startswith("Traceback") and "in raise_one" in first["traceback"]
    assert first["traceback"] == later["traceback"] == triple["traceback"]
    assert "error" not in none and "error" not in nothing
    assert (own["error"], own["error_type"]) == ("mine", "KeyError")


def test_an_exception_that_cannot_be_shown_is_logged_all_the_same(file: Path) -> None:
    class Hostile(Exception):
        def __str__(self) -> str:
            raise RuntimeError("never")

    with Logger(file, format="json") as log:
        assert log.info("m", exc_info=Hostile())
    assert logged(file)[0]["error"] == "<unprintable Hostile>"
    assert logged(file)[0]["error_type"].endswith("Hostile")


def here() -> int:
    return sys._getframe(1).f_lineno


PLACE = "{file}:{line} {function} {message}"


def test_the_source_is_that_of_the_call(file: Path) -> None:
    with Logger(file, pattern=PLACE) as log:
        lines = [here() + 1]
        log.info("a")
        log.info("b", x=1), lines.append(here())  # type: ignore[func-returns-value]
        log.log("warn", "c"), lines.append(here())  # type: ignore[func-returns-value]
        log.write("warn", "d"), lines.append(here())  # type: ignore[func-returns-value]
        log.exception("e"), lines.append(here())  # type: ignore[func-returns-value]
        log.bind(x=1).info("f"), lines.append(here())  # type: ignore[func-returns-value]
        log.fatal("g"), lines.append(here())  # type: ignore[func-returns-value]
        log.write_sync("info", "h"), lines.append(here())  # type: ignore[func-returns-value]
        log.bind(x=1).write_sync("fatal", "i", 60), lines.append(here())  # type: ignore[func-returns-value]
    found = [line.split() for line in file.read_text().splitlines()]
    assert [where for where, _, _ in found] == [f"test_fields.py:{line}" for line in lines]
    assert all(function.endswith("test_the_source_is_that_of_the_call") for _, function, _ in found)


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"format": "json"}, True),
        ({"format": "logfmt"}, True),
        ({"format": "text"}, False),
        ({"pattern": "{path}"}, True),
        ({"format": "json", "source": False}, False),
        ({"format": "text", "source": True}, True),
    ],
)
def test_the_source_is_taken_if_a_format_shows_it_unless_told_otherwise(
    file: Path, settings: dict[str, Any], shown: bool
) -> None:
    with Logger(file, **settings) as log:
        assert log._shows_source is log.bind(a=1)._shows_source is shown
    with Logger(file, alog.Sink(file, format="json")) as log:
        assert log._shows_source


def test_a_call_from_no_python_code_has_no_source(file: Path) -> None:
    import _thread

    with Logger(file, format="json") as log:
        _thread.start_new_thread(log.info, ("x",))
        while not log.stats().accepted:
            pass
    assert "source" not in logged(file)[0]


def test_more_places_than_are_remembered_have_their_sources(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_source, "REMEMBERED", 10)
    with Logger(file, pattern="{line}") as log:
        exec("\n".join(["log.info('x')"] * 100), {"log": log})
    assert len(_source._places) <= max(10, _source.REMEMBERED)
    assert file.read_text().split() == [str(line) for line in range(1, 101)]


def test_a_timeout_bounds_the_wait_whatever_the_policy_says(gate: Gate) -> None:
    with Logger(gate, queue_bytes="4KiB") as log:
        log.info("first")
        assert gate.entered.wait(HANG)
        while log.write("info", "x" * 100, timeout=0) is Status.OK:
            pass
        assert log.write("info", "x" * 100, timeout=0, id=1) is Status.ERR_TIMEOUT
        assert log.info("x" * 100, timeout=0.001) is False
        with pytest.raises(ValueError, match="timeout"):
            log.info("x", timeout=-1)
        threading.Thread(target=gate.open.set).start()
        assert log.info("x" * 100, timeout=math.inf)


def test_the_thread_is_shown_by_the_name_that_python_has(file: Path) -> None:
    with Logger(file, pattern="{thread} {message}") as log:

        def work() -> None:
            log.info("a")
            log.flush()
            alog.set_thread_name("by hand")
            log.info("b")

        thread = threading.Thread(target=work, name="worker-täst")
        thread.start()
        thread.join()
        log.info("c")
    assert file.read_text().splitlines() == ["worker-täst a", "by hand b", f"{threading.main_thread().name} c"]
