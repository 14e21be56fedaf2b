"""Loggers as a file, a text or the environment says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

import alog
from alog import ConfigError, Logger, OpenError, Record, Status
from conftest import Script


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "app.toml"


def test_a_file_says_what_a_logger_does(config: Path, tmp_path: Path) -> None:
    config.write_text(
        f"""
        level = "debug"
        pattern = "{{level}} {{message}} {{fields}}"
        [fields]
        service = "shop"
        host.cores = 8
        [[sink]]
        to = "file:{tmp_path}/app.log"
        level = "warn"
        """
    )
    lines = io.StringIO()
    with Logger.from_file(config, lines, fields={"more": 1}) as log:
        log.debug("a")
        log.warn("b", id=5)
        log.trace("c")
    assert lines.getvalue().splitlines() == [
        "DEBUG a service=shop host.cores=8 more=1",
        "WARN b service=shop host.cores=8 more=1 id=5",
    ]
    assert (tmp_path / "app.log").read_text() == "WARN b service=shop host.cores=8 more=1 id=5\n"


def test_an_error_begins_with_file_line_and_column(config: Path) -> None:
    config.write_text("# ü\nlevle = 'warn'\n")
    with pytest.raises(ConfigError) as raised:
        Logger.from_file(str(config))
    assert raised.value.message == 'app.toml:2:1: no key "levle"; is it "level"?'
    assert raised.value.status == Status.ERR_KEY
    with pytest.raises(ConfigError) as raised:
        Logger.from_toml("level = ")
    assert raised.value.status == Status.ERR_SYNTAX
    assert raised.value.message.startswith("config:1:9: ")


def test_a_file_that_cannot_be_read_is_an_open_error(tmp_path: Path) -> None:
    with pytest.raises(OpenError, match="no such file"):
        Logger.from_file(tmp_path / "gone.toml")


def test_the_environment_counts_above_a_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOP_LEVEL", "error")
    monkeypatch.setenv("SHOP_SINKS", f"file:{tmp_path}/a?format=raw; file:{tmp_path}/b?format=raw")
    with Logger.from_toml("level = 'debug'\n[[sink]]\nto = 'file:/nowhere/at/all'", env="SHOP_") as log:
        log.warn("off")
        log.error("on")
    assert [(tmp_path / name).read_text() for name in "ab"] == ["on\n", "on\n"]


def test_the_environment_alone_makes_a_logger(script: Script, tmp_path: Path) -> None:
    program = "import alog\nwith alog.Logger.from_env() as log: log.debug('x')"
    assert script(program, ALOG_LEVEL="debug", ALOG_SINKS="console:?format=raw").stdout == "x\n"
    said = script(program, status=1, ALOG_LEVLE="debug").stderr
    assert "no key has the variable ALOG_LEVLE; is it ALOG_LEVEL?" in said


def test_what_a_format_shows_is_found_out_also_if_a_file_says_it(config: Path) -> None:
    config.write_text("pattern = '{source} {thread} {message}'")
    lines = io.StringIO()
    with Logger.from_file(config, lines) as log:
        log.info("x")
    assert lines.getvalue().startswith("test_config.py:")
    assert " MainThread x" in lines.getvalue()


def test_functions_are_given_beside_a_file() -> None:
    def stamp(record: Record) -> None:
        record["stamp"] = 1

    lines = io.StringIO()
    text = "workers = 0\npattern = '{message} {fields}'"
    with Logger.from_toml(text, lines, pre_hooks=[stamp]) as log:
        log.info("x")
        assert lines.getvalue() == "x stamp=1\n"
        log.child(name="db").info("y")
    assert lines.getvalue() == "x stamp=1\ny stamp=1\n"


def test_a_subclass_is_made_of_a_file_too(config: Path) -> None:
    class Mine(Logger):
        pass

    config.write_text("format = 'raw'")
    lines = io.StringIO()
    with Mine.from_file(config, lines) as log:
        assert type(log) is Mine
        log.info("x")
    assert lines.getvalue() == "x\n"


def test_a_sink_takes_every_parameter_of_its_kind(tmp_path: Path) -> None:
    sink = alog.Sink(tmp_path / "log", format="raw", dedup="1h", own_thread=True)
    assert sink.spec.endswith("?format=raw&dedup=1h&own_thread=yes")
    with alog.Logger(sink) as log:
        for _ in range(3):
            log.info("again")
    assert (tmp_path / "log").read_text() == "again\nalog: 2 records suppressed: repeated\n"
    with pytest.raises(alog.ConfigError, match='is it "dedup"'):
        alog.Logger(alog.Sink("console:", dedpu="1h"))


def test_redacted_values_are_hidden(tmp_path: Path) -> None:
    with alog.Logger(tmp_path / "log", format="logfmt", redact=["password", "req.token"]) as log:
        log.info("in", user="eve", password="secret", req={"token": 1})
    text = (tmp_path / "log").read_text()
    assert "secret" not in text and "password=***" in text and "req.token=***" in text


@pytest.mark.parametrize(
    ("made", "function", "given", "meant"),
    [
        (lambda _, **given: Logger(**given), "Logger.__init__", "levle", "level"),
        (lambda _, **given: Logger(**given), "Logger.__init__", "queue_byte", "queue_bytes"),
        (lambda _, **given: Logger(**given), "Logger.__init__", "Level", "level"),
        (lambda _, **given: Logger(**given), "Logger.__init__", "colour", "color"),
        (lambda _, **given: alog.Handler("console:", **given), "Logger.__init__", "fromat", "format"),
        (lambda _, **given: Logger.from_toml("", **given), "Logger.from_toml", "field", "fields"),
        (lambda _, **given: Logger.from_file("x.toml", **given), "Logger.from_file", "prehooks", "pre_hooks"),
        (lambda _, **given: Logger.from_env(**given), "Logger.from_env", "prefx", "prefix"),
        (lambda _, **given: Logger.find("x", **given), "Logger.find", "childs", "child"),
        (lambda log, **given: log.child(**given), "Logger.child", "replaces", "replace"),
        (lambda log, **given: log.reconfigure(**given), "Switching.reconfigure", "overlfow", "overflow"),
    ],
)
def test_an_argument_that_is_misspelt_is_told_by_the_one_that_was_meant(
    made: Any, function: str, given: str, meant: str
) -> None:
    said = rf"^{function}\(\) got an unexpected keyword argument '{given}'\. Did you mean '{meant}'\?$"
    with Logger("file:/dev/null") as log, pytest.raises(TypeError, match=said):
        made(log, **{given: "x"})


def test_an_argument_that_is_like_none_has_no_other_one_named() -> None:
    unlike: Any = {"zzz": 1}
    with pytest.raises(TypeError, match=r"^Logger.__init__\(\) got an unexpected keyword argument 'zzz'$"):
        Logger(**unlike)
    with pytest.raises(ConfigError, match='is it "level"'), Logger("file:/dev/null") as log:
        log.reload(levle="info")
