"""Hooks and schedulers written in Python."""

from __future__ import annotations

import errno
import io
import signal
import threading
from pathlib import Path
from typing import Any, Callable

import pytest

from alog import Level, Logger, Record, Status


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


SHOWN = "{message}|{all_fields}"


def test_a_hook_sees_the_record(file: Path) -> None:
    seen: list[Any] = []

    def look(record: Record) -> None:
        kinds = ["i", "u", "f", "s", "b", "x", "n"]
        seen.append((record.level, record.message, record.logger, [record[key] for key in kinds]))
        seen.append((record["g"], record["g.a"], record.get("none"), record.get("none", 5)))
        assert "i" in record and "z" not in record
        assert repr(record) == "<alog.Record WARN 'm {i}'>"

    given: dict[str, Any] = {"i": -5, "u": 1 << 63, "f": 1.5, "s": "ä\udcff", "b": True, "x": b"\xff\0", "n": None}
    with Logger(file, name="app", pre_hooks=[look], post_hooks=[look]) as log:
        log.warn("m {i}", g={"a": 1, "h": {"b": "c"}}, **given)
        log.flush()
        assert list(log.errors()) == []
    first = (Level.WARN, "m {i}", "app", list(given.values()))
    second = ({"a": 1, "h": {"b": "c"}}, 1, None, 5)
    assert seen == [first, second, first, second]


def test_a_hook_adds_fields_and_overrides_as_far_as_its_phase_may(file: Path) -> None:
    def before(record: Record) -> None:
        record["base"] = record["call"] = record["post"] = "pre"

    def after(record: Record) -> None:
        record["post"] = "post"

    with Logger(file, pattern=SHOWN, fields={"base": 0}, pre_hooks=[before], post_hooks=[after]) as log:
        log.info("m", call="call")
    text, fields = file.read_text().rstrip("\n").split("|")
    assert text == "m"
    assert set(fields.split()) == {"base=pre", "call=call", "post=post"}


@pytest.mark.parametrize("value", [5, 1 << 63, 1 << 70, 1.5, True, None, "text", "", b"\xff", [1, 2], ValueError("x")])
@pytest.mark.parametrize("phase", ["pre_hooks", "post_hooks"])
def test_a_hook_sets_values_of_the_types_of_a_call(tmp_path: Path, value: object, phase: str) -> None:
    def add(record: Record) -> None:
        record["it"] = value

    hooks: dict[str, Any] = {phase: [add]}
    with Logger(tmp_path / "hook.log", pattern=SHOWN, **hooks) as log:
        log.info("m")
    with Logger(tmp_path / "call.log", pattern=SHOWN) as log:
        log.info("m", it=value)
    assert (tmp_path / "hook.log").read_text() == (tmp_path / "call.log").read_text()


def test_a_record_is_of_no_use_after_the_call(file: Path) -> None:
    kept: list[Record] = []
    with Logger(file, pre_hooks=[kept.append]) as log:
        log.info("m")
    uses: list[Callable[[Record], object]] = [
        lambda it: it.level,
        lambda it: it.message,
        lambda it: it["x"],
        lambda it: it.__setitem__("x", 1),
    ]
    for use in uses:
        with pytest.raises(RuntimeError, match="during the call"):
            use(kept[0])
    assert repr(kept[0]) == "<alog.Record>"


def test_a_hook_that_raises_is_an_error_to_poll_with_its_exception_and_prints_nothing(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(record: Record) -> None:
        raise OSError(errno.ENOENT, "gone")

    def group(record: Record) -> None:
        record["g"] = {"a": 1}

    def late(record: Record) -> None:
        raise SystemExit(3)

    with Logger(file, format="raw", pre_hooks={"first": fail, "second": group}, post_hooks={"last": late}) as log:
        assert log.info("m")
        log.flush()
        errors = {error.origin: error for error in log.errors()}
    assert file.read_text() == "m\n"
    assert set(errors) == {"hook:first", "hook:second", "hook:last"}
    assert {error.status for error in errors.values()} == {Status.ERR_HOOK}
    assert errors["hook:first"].os_error == errno.ENOENT
    assert isinstance(errors["hook:second"].exception, TypeError)
    assert isinstance(errors["hook:last"].exception, SystemExit)
    assert errors["hook:last"].os_error == errno.EIO
    assert capfd.readouterr() == ("", "")


def test_the_exception_of_a_hook_with_a_long_name_is_found(file: Path) -> None:
    def fail(record: Record) -> None:
        raise ValueError("this one")

    with Logger(file, pre_hooks={"ä" * 100: fail}) as log:
        log.info("m")
        (error,) = log.errors()
    assert error.origin.startswith("hook:ää") and isinstance(error.exception, ValueError)


def test_hooks_run_in_their_order_and_a_child_appends_its_own(file: Path) -> None:
    def step(name: str) -> Callable[[Record], None]:
        return lambda record: record.__setitem__("steps", str(record.get("steps", "")) + name)

    with Logger(file, pattern="{field:steps}", pre_hooks=[step("a"), step("b")]) as log:
        log.child(pre_hooks=[step("c")]).info("m")
        log.child(pre_hooks=[step("d")], replace="pre_hooks").info("m")
        log.info("m")
    assert file.read_text().split() == ["abc", "d", "ab"]


def test_a_hook_may_log_also_to_the_same_logger(file: Path) -> None:
    def chatty(record: Record) -> None:
        assert log.info("from the hook")

    log = Logger(file, format="raw", pre_hooks=[chatty])
    log.info("m")
    log.close()
    assert file.read_text() == "from the hook\nm\n"


def test_an_interrupt_in_a_hook_reaches_the_program_and_the_message_is_logged(file: Path) -> None:
    def interrupt(record: Record) -> None:
        signal.raise_signal(signal.SIGINT)

    with Logger(file, format="raw", pre_hooks=[interrupt]) as log, pytest.raises(KeyboardInterrupt):
        log.info("m")
    assert file.read_text() == "m\n"


def test_a_scheduler_sends_each_record_to_the_worker_that_it_picks(file: Path) -> None:
    asked: list[tuple[Level, int]] = []

    def choose(record: Record, workers: int) -> int:
        asked.append((record.level, workers))
        return workers - 1

    with Logger(file, format="raw", workers=3, scheduler=choose) as log:
        for number in range(100):
            assert log.info(str(number))
    assert asked == [(Level.INFO, 3)] * 100
    assert file.read_text().split() == [str(number) for number in range(100)]


@pytest.mark.parametrize("answer", [-1, 2, 99, 1 << 40, None, "0"])
def test_a_scheduler_that_picks_no_worker_is_an_error_to_poll(file: Path, answer: Any) -> None:
    with Logger(file, format="raw", workers=2, scheduler=lambda record, workers: answer) as log:
        assert log.info("m")
        (error,) = log.errors()
    assert (error.status, error.origin) == (Status.ERR_SCHEDULER, "scheduler")
    if isinstance(answer, int):
        assert isinstance(error.exception, ValueError)
        assert str(error.exception) == f"the scheduler picked worker {answer}; there are 0 to 1"
        if 0 <= answer < 1 << 32:
            assert error.message == str(error.exception)
    else:
        assert isinstance(error.exception, TypeError)
    assert file.read_text() == "m\n"


def test_a_scheduler_changes_no_record(file: Path) -> None:
    def choose(record: Record, workers: int) -> int:
        record["x"] = 1
        return 0

    with Logger(file, workers=2, scheduler=choose) as log:
        log.info("m")
        (error,) = log.errors()
    assert isinstance(error.exception, TypeError)


def test_hooks_that_are_no_callables_are_refused(file: Path) -> None:
    wrong: list[dict[str, Any]] = [{"pre_hooks": [5]}, {"post_hooks": {"a": None}}, {"scheduler": 5}]
    for given in wrong:
        with pytest.raises(TypeError, match="a callable"):
            Logger(file, **given)
    nameless: Any = {5: print}
    with pytest.raises(TypeError, match="name of a hook"):
        Logger(file, pre_hooks=nameless)


def test_hooks_are_called_by_many_threads_and_lose_nothing() -> None:
    lines = io.StringIO()

    def number(record: Record) -> None:
        record["thread"] = threading.get_ident()

    with Logger(lines, pattern="{field:thread}", workers=2, pre_hooks=[number], queue_bytes="4KiB") as log:
        threads = [threading.Thread(target=lambda: [log.info("x") for _ in range(300)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(lines.getvalue().split()) == 2400
    assert log.stats().written == 2400


def test_a_hook_is_let_go_when_its_logger_is_closed(file: Path) -> None:
    from alog import _callbacks

    before = set(_callbacks._registered)
    log = Logger(file, pre_hooks=[print], post_hooks=[print], scheduler=lambda record, workers: 0)
    assert len(set(_callbacks._registered) - before) == 3
    log.close()
    assert set(_callbacks._registered) == before


def test_a_name_with_a_nul_raises_and_leaves_nothing_behind(file: Path) -> None:
    from alog import _callbacks

    before = set(_callbacks._registered)
    with pytest.raises(ValueError, match="NUL"):
        Logger(file, pre_hooks={"fine": print, "a\0b": print})
    assert set(_callbacks._registered) == before
