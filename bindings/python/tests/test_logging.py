"""What the logging methods take, return and raise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import alog
from alog import Level, Logger, Status

METHODS = ["trace", "debug", "info", "notice", "warn", "error", "fatal"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


def test_each_method_logs_at_its_level_in_the_order_of_the_calls(file: Path) -> None:
    with Logger(file, level="trace") as log:
        for name in METHODS:
            assert getattr(log, name)(f"by {name}") is True
    lines = [line.split("] ", 1)[1] for line in file.read_text().splitlines()]
    assert lines == [f"{name.upper()} - by {name}" for name in METHODS]


def test_warning_and_critical_are_the_names_that_the_standard_library_uses(file: Path) -> None:
    with Logger(file) as log:
        assert log.warning("w") and log.critical("c")
    assert [line.split("] ", 1)[1] for line in file.read_text().splitlines()] == ["WARN - w", "FATAL - c"]


@pytest.mark.parametrize(("name", "level"), [("warning", "WARN"), ("Critical", "FATAL")])
def test_the_names_that_the_standard_logging_has_are_levels_too(file: Path, name: str, level: str) -> None:
    with Logger(file, level=name, pattern="{level} {message}") as log:
        assert log.is_enabled(name) and log.log(name, "one") and not log.info("two")
        log.write_sync(name, "three")
    assert file.read_text().splitlines() == [f"{level} one", f"{level} three"]


@pytest.mark.parametrize("lowest", [*Level, *(level.name for level in Level), 4, "off"])
def test_a_level_that_is_off_is_not_taken_and_no_attempt(file: Path, lowest: Any) -> None:
    with Logger(file, level=lowest) as log:
        number = 7 if lowest == "off" else Level[lowest] if isinstance(lowest, str) else lowest
        taken = [getattr(log, name)("x") for name in METHODS]
        assert taken == [level >= number for level in Level]
        assert [log.write(level, "x") is Status.OK for level in Level] == taken
        assert log.stats().attempted == 2 * sum(taken)


@pytest.mark.parametrize("level", [Level.WARN, 4, "warn", "Warn", "WARN"])
def test_a_level_is_a_member_a_number_or_a_name(file: Path, level: Any) -> None:
    with Logger(file, level=level, format="raw") as log:
        assert log.log(level, "one")
        assert log.write(level, "two") is Status.OK
        assert log.write(Level.NOTICE, "three") is Status.DISABLED
    assert file.read_text() == "one\ntwo\n"


@pytest.mark.parametrize("level", [-1, 7, 20, "warning!", "", "info\0", "info\udc80", "all"])
def test_a_level_that_is_none_raises_value_error(file: Path, level: Any) -> None:
    with Logger(file) as log, pytest.raises(ValueError, match="no level"):
        log.log(level, "x")


@pytest.mark.parametrize("level", [None, 2.0, b"info"])
def test_a_level_of_another_type_raises_type_error(file: Path, level: Any) -> None:
    with Logger(file) as log, pytest.raises(TypeError, match="a level is"):
        log.log(level, "x")
    with pytest.raises(TypeError, match="a level is"):
        Logger(file, level=level)


@pytest.mark.parametrize("message", [None, 5, ["x"], object()])
def test_a_message_of_another_type_raises_type_error(file: Path, message: Any) -> None:
    with Logger(file) as log:
        with pytest.raises(TypeError, match="a message is str or bytes"):
            log.info(message)
        with pytest.raises(TypeError, match="a message is str or bytes"):
            log.log("info", message)
        with pytest.raises(TypeError, match="a message is str or bytes"):
            log.write_sync("info", message)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_are_written_as_they_are(file: Path, kind: Any) -> None:
    octets = bytes(range(256))
    with Logger(file, format="raw") as log:
        assert log.info(kind(octets))
    assert file.read_bytes() == octets + b"\n"


def test_a_part_of_a_buffer_is_a_message(file: Path) -> None:
    with Logger(file, format="raw") as log:
        assert log.info(memoryview(b"a-b-c-")[::2])
    assert file.read_bytes() == b"abc\n"


@pytest.mark.parametrize(
    ("message", "octets"),
    [
        ("", b""),
        ("äöü €", "äöü €".encode()),
        ("\U0001f600", "\U0001f600".encode()),
        ("\udcff\udc80", b"\xff\x80"),
        (b"caf\xe9".decode("utf-8", "surrogateescape"), b"caf\xe9"),
        ("\ud800", b"\xed\xa0\x80"),
        ("\udc7f", b"\xed\xb1\xbf"),
        ("a\udcffä\ud83db", b"a\xff\xc3\xa4\xed\xa0\xbdb"),
        ("%s %n %d \0", b"%s %n %d \0"),
    ],
)
def test_every_str_has_an_encoding_and_none_raises(file: Path, message: str, octets: bytes) -> None:
    with Logger(file, format="raw") as log:
        assert log.info(message)
    assert file.read_bytes() == octets + b"\n"


def test_every_code_point_can_be_logged(file: Path) -> None:
    with Logger(file, format="raw", max_message_bytes="8MiB", queue_bytes="16MiB") as log:
        assert log.info("".join(map(chr, range(0x110000))))


def test_a_hostile_message_stays_one_line(file: Path) -> None:
    with Logger(file) as log:
        log.info("a\nb\r\x1b[31m\0\u2028\u0085\\\udcff")
    assert file.read_bytes().count(b"\n") == 1
    assert file.read_bytes().endswith(rb"] INFO - a\nb\r\x1b[31m\x00\u2028\u0085\\\xff" + b"\n")


def test_the_longest_message_is_taken_and_one_byte_more_is_not(file: Path) -> None:
    with Logger(file, format="raw", max_message_bytes=100) as log:
        assert log.info("x" * 100)
        assert not log.info("x" * 101)
        assert log.write("info", "x" * 101) is Status.ERR_TOO_LARGE
        assert log.stats().rejected["too_large"] == 2
    assert "x" * 100 in file.read_text().splitlines()


def test_a_synchronous_write_is_in_the_file_when_it_returns(file: Path) -> None:
    with Logger(file, format="raw") as log:
        log.info("before")
        assert log.write_sync("info", "now") is True
        assert file.read_text() == "before\nnow\n"
        assert log.write_sync("debug", "off") is False


def test_a_synchronous_write_raises_what_the_destination_said() -> None:
    with Logger("file:/dev/full") as log:
        with pytest.raises(alog.WriteError) as raised:
            log.write_sync("error", "x")
        assert (raised.value.errno, raised.value.status) == (28, Status.ERR_IO)
        assert raised.value.origin == "file:/dev/full"
        assert isinstance(raised.value, OSError)


def test_a_synchronous_write_raises_after_stop_and_close(file: Path) -> None:
    log = Logger(file)
    log.stop()
    with pytest.raises(alog.StoppedError):
        log.write_sync("info", "x")
    log.close()
    with pytest.raises(alog.ClosedError):
        log.write_sync("info", "x")


def test_settings_that_are_not_valid_raise_with_what_is(file: Path) -> None:
    with pytest.raises(alog.ConfigError, match="block:250ms") as raised:
        Logger(file, overflow="perhaps")
    assert raised.value.status is Status.ERR_VALUE
    with pytest.raises(ValueError, match="loud"):
        Logger(file, level="loud")
    with pytest.raises(ValueError, match="NUL"):
        Logger(file, level="info\0x")


def test_a_destination_that_cannot_be_opened_raises_os_error(tmp_path: Path) -> None:
    with pytest.raises(alog.OpenError) as raised:
        Logger(tmp_path / "missing" / "app.log")
    assert raised.value.errno == 2
    assert isinstance(raised.value, OSError)
