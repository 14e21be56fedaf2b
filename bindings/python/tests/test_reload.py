"""A logger that runs goes on with another configuration, as a whole or not at all."""

from __future__ import annotations

import gc
import io
import signal
import weakref
from pathlib import Path

import pytest

import alog
from alog import Logger, Status, _callbacks
from conftest import eventually


def test_sinks_levels_and_looks_change_at_once(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    with Logger(one, format="raw") as log:
        child = log.bind(k=1)
        log.info("a")
        assert not log.debug("off")
        log.reload(two, level=alog.Level.DEBUG, pattern="{level}:{message} {fields}")
        assert log.debug("b")
        child.debug("c")
        log.reload(one, two, format="raw", level="off")
        assert not log.fatal("off")
    assert one.read_text() == "a\n"
    assert two.read_text() == "DEBUG:b \nDEBUG:c k=1\n"


def test_what_is_refused_changes_nothing(tmp_path: Path) -> None:
    file, other = tmp_path / "log", tmp_path / "other"
    with Logger(file, format="raw") as log:
        with pytest.raises(alog.ConfigError, match="workers cannot be changed"):
            log.reload(other, level="debug", workers=2)
        with pytest.raises(alog.ConfigError, match="no key .levle.; is it .level."):
            log.reload(other, levle="debug")
        with pytest.raises(alog.OpenError):
            log.reload("file:/nowhere/at/all", level="debug")
        assert log.levels == "info+"
        log.info("as before")
    assert file.read_text() == "as before\n"
    assert not other.exists()
    with pytest.raises(alog.StoppedError):
        log.reload(other)


def test_a_file_a_text_and_the_environment_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, lines = tmp_path / "app.toml", io.StringIO()
    config.write_text("level = 'warn'\npattern = '{level} {message}'")
    with Logger.from_file(config, lines) as log:
        assert not log.info("off")
        config.write_text("level = 'info'\npattern = '{message}'")
        log.reload(lines, file=config)
        assert log.info("a")
        monkeypatch.setenv("SHOP_LOG_LEVEL", "debug")
        log.reload(lines, toml="level = 'error'\nformat = 'raw'", env="SHOP_LOG_")
        assert log.debug("b")
        config.write_text("levle = 'trace'")
        with pytest.raises(alog.ConfigError, match=r"app.toml:1:1: no key .levle."):
            log.reload(lines, file=config)
        assert log.levels == "debug+"
    assert lines.getvalue() == "a\nb\n"


class Lines:
    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def __call__(self, lines: bytes) -> None:
        self.taken.append(lines)


def test_a_function_is_forgotten_when_it_was_replaced(tmp_path: Path) -> None:
    first, second = Lines(), Lines()
    log = Logger(first, format="raw")
    log.info("a")
    log.reload(second, format="raw")
    log.info("b")
    log.flush()
    assert (first.taken, second.taken) == ([b"a\n"], [b"b\n"])
    gone, stays = weakref.ref(first), weakref.ref(second)
    del first, second
    log.reload(alog.Sink(tmp_path / "log"), format="raw")
    log.flush()
    log.stop()
    log.close()
    _callbacks.sweep()
    gc.collect()
    assert gone() is None and stays() is None


def test_a_hook_stays_and_is_called_once(tmp_path: Path) -> None:
    seen: list[str] = []

    def note(record: alog.Record) -> None:
        seen.append(str(record.message))

    with Logger(tmp_path / "one", pre_hooks=[note]) as log:
        log.info("a")
        log.reload(tmp_path / "two", pre_hooks=[note])
        log.info("b")
        log.reload(tmp_path / "one")
        log.info("c")
    assert seen == ["a", "b", "c"]


def test_a_source_is_found_when_a_new_format_shows_it(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with Logger(file, format="raw") as log:
        log.info("a")
        log.reload(file, pattern="{file} {message}")
        log.info("b")
    assert file.read_text() == "a\ntest_reload.py b\n"


def test_the_calling_thread_may_write_to_a_new_function() -> None:
    lines = Lines()
    with Logger("file:/dev/null", workers=0, format="raw") as log:
        child = log.bind()
        log.reload(lines, workers=0, format="raw")
        log.info("a")
        child.info("b")
    assert b"".join(lines.taken) == b"a\nb\n"


def test_a_destination_cannot_reload(tmp_path: Path) -> None:
    said: list[object] = []

    def deliver(lines: bytes) -> None:
        try:
            log.reload(tmp_path / "log")
        except alog.Error as error:
            said.append(error.status)

    with Logger(deliver) as log:
        log.info("a")
    assert said == [Status.ERR_WOULD_DEADLOCK]


def test_files_are_reopened_and_rotated_until_the_stop(tmp_path: Path) -> None:
    with Logger(tmp_path / "log", format="raw") as log:
        log.info("a")
        log.reopen()
        log.info("b")
        log.flush()
        log.rotate()
        log.flush()
        assert log.poll_error() is None
    for call in (log.reopen, log.rotate):
        with pytest.raises(alog.StoppedError):
            call()
    log.close()
    with pytest.raises(alog.ClosedError):
        log.reopen()


def test_without_an_argument_the_file_is_read_again(tmp_path: Path) -> None:
    config, lines = tmp_path / "app.toml", io.StringIO()
    config.write_text("level = 'warn'\nformat = 'raw'")
    with Logger.from_file(config, lines) as log:
        config.write_text("level = 'info'\npattern = '{file} {message}'")
        log.reload()
        log.info("a")
        before = signal.signal(signal.SIGHUP, lambda *_: log.reload())
        config.write_text("level = 'debug'\nformat = 'raw'")
        signal.raise_signal(signal.SIGHUP)
        signal.signal(signal.SIGHUP, before)
        log.debug("b")
        config.write_text("levle = 'trace'")
        with pytest.raises(alog.ConfigError, match=r"app.toml:1:1: no key .levle."):
            log.reload()
        assert log.levels == "debug+"
    assert lines.getvalue() == "test_reload.py a\nb\n"
    with Logger("file:/dev/null") as plain, pytest.raises(alog.ConfigError, match="argument: a configuration must be given: this"):
        plain.reload()


def test_a_setting_means_the_same_as_in_a_new_logger(tmp_path: Path) -> None:
    lines = io.StringIO()
    with Logger(lines) as log:
        log.reload(lines, redact=["token", "req.key"], level=alog.Level.WARN, pattern="{fields}")
        assert not log.info("off")
        log.warn("x", token="t", req={"key": "k"})
    assert lines.getvalue() == "token=*** req.key=***\n"


def test_a_file_that_changes_applies_and_a_bad_one_is_an_error(tmp_path: Path) -> None:
    config, lines = tmp_path / "app.toml", io.StringIO()

    def says(text: str) -> None:
        draft = tmp_path / "draft"
        draft.write_text(f"reload = 'on-change'\n{text}")
        draft.replace(config)

    says("level = 'error'")
    with Logger.from_file(config, lines) as log:
        says("level = 'info'\npattern = '{file} {message}'")
        eventually(lambda: log.info("a"))
        says("level =")
        errors: list[alog.LogError] = []

        def poll() -> bool:
            errors.extend(log.errors())
            return bool(errors)

        eventually(poll)
        assert errors[0].status == Status.ERR_SYNTAX
        assert errors[0].message.startswith("app.toml:2:8: ")
        assert log.levels == "info+"
        says("level = 'debug'\nformat = 'raw'")
        eventually(lambda: log.debug("b"))
    assert lines.getvalue() == "test_reload.py a\nb\n"
