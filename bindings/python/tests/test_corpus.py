"""The cases that every language runs alike: tests/corpus."""

from __future__ import annotations

import ctypes
import re
import struct
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

import alog
from alog import _native, _opening
from alog._fields import encode
from conftest import REPOSITORY

CORPUS = REPOSITORY / "tests" / "corpus"
STAMP = re.compile(rb"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}Z\] ")


def rows(name: str) -> list[list[str]]:
    lines = (CORPUS / name).read_text().splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def decoded(text: str) -> bytes:
    """`%XX` is one byte, `*N:` in front repeats the rest N times."""
    repeated = re.match(r"\*(\d+):", text)
    if repeated:
        return decoded(text[repeated.end() :]) * int(repeated[1])
    return urllib.parse.unquote_to_bytes(text)


CASES, RECORDS, SETTINGS = rows("cases.tsv"), rows("records.tsv"), rows("config.tsv")


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_message_gives_the_status_and_the_line_of_the_corpus(case: list[str], tmp_path: Path) -> None:
    _, given, level, message, status, line = case
    settings: dict[str, Any] = {} if given == "-" else dict(pair.split("=", 1) for pair in given.split())
    file = tmp_path / "corpus.log"
    with alog.Logger(file, **settings) as log:
        # Not log.write(): it raises for a level that is none, and the corpus asks what the library says.
        assert log._put(int(level), decoded(message)) == int(status)
    written = file.read_bytes()
    if line == "-":
        assert written == b""
        return
    assert written.endswith(b"\n")
    if settings.get("format") != "raw":
        stamp = STAMP.match(written)
        assert stamp
        written = written[stamp.end() :]
    assert written[:-1] == decoded(line)


def value_of(kind: str, text: str) -> object:
    """The value that Python encodes as that type."""
    convert: dict[str, Any] = {
        "n": lambda _: None,
        "b": lambda it: it == b"1",
        "i": int,
        "u": int,
        "f": float,
        "s": lambda it: it.decode("utf-8", "surrogateescape"),
        "x": bytes,
    }
    return convert[kind](decoded(text))


def encoded(items: list[str]) -> bytes:
    """The fields as bytes, item by item: some cases have one key twice, or groups that do not end."""
    octets = b""
    for item in items:
        if item == "}":
            octets += struct.pack("=BBHI", 8, 0, 0, 0)
        elif item.endswith(":{"):
            key = decoded(item[:-2])
            octets += struct.pack("=BBHI", 7, 0, len(key), 0) + key
        else:
            name, rest = item.split(":", 1)
            kind, text = rest.split("=", 1)
            one = encode({"k": value_of(kind, text)})
            if kind == "u":  # Python takes the signed type where it can
                one = struct.pack("=BBHI", 3, 0, 1, 8) + one[8:]
            key = decoded(name)
            octets += one[:2] + struct.pack("=H", len(key)) + one[4:8] + key + one[9:]
    return octets


@pytest.mark.parametrize("case", RECORDS, ids=[case[0] for case in RECORDS])
def test_a_record_gives_the_status_and_the_line_of_the_corpus(
    case: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, given, level, message, flags, items, status, line = case
    settings: dict[str, Any] = {}
    if given != "-":
        pairs = [pair.split("=", 1) for pair in given.split(" ")]
        settings = {key: decoded(value).decode() for key, value in pairs}
    own = [] if items == "-" else items.split(" ")
    base: list[str] = []
    if "|" in own:
        base, own = own[: own.index("|")], own[own.index("|") + 1 :]
    monkeypatch.setattr(_opening, "encode", lambda _: encoded(base))
    file = tmp_path / "corpus.log"
    with alog.Logger(file, fields={"given": "above"} if base else None, source=False, **settings) as log:
        flag = 1 if flags == "template" else 0
        data, fields = decoded(message), encoded(own)
        call = _native.library.alog_log_encoded
        assert call(log._handle, int(level), flag, 0, -1, data, len(data), fields, len(fields)) == int(status)
    written = file.read_bytes()
    if line == "-":
        assert written == b""
        return
    assert written.endswith(b"\n")
    if "format" not in settings and "pattern" not in settings:
        stamp = STAMP.match(written)
        assert stamp
        written = written[stamp.end() :]
    assert written[:-1] == decoded(line)


@pytest.mark.parametrize("case", SETTINGS, ids=[case[0] for case in SETTINGS])
def test_a_setting_gives_the_status_and_the_text_of_the_corpus(case: list[str]) -> None:
    _, kind, key, value, status, text = case
    library, config, error = _native.library, ctypes.c_void_p(), _native.AlogError()
    assert library.alog_config_new(ctypes.byref(config)) == 0
    try:
        if kind == "set":
            found = library.alog_config_set(config, key.encode(), value.encode(), ctypes.byref(error))
        else:
            found = library.alog_config_add_sink(config, value.encode(), ctypes.byref(error))
    finally:
        library.alog_config_free(config)
    assert found == int(status)
    if found != 0:
        assert text in error.message.decode()


REFUSED = [case for case in SETTINGS if int(case[4]) != 0 and case[1] == "sink"]


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
def test_a_refused_sink_raises_with_the_text_of_the_corpus(case: list[str]) -> None:
    _, _, _, value, status, text = case
    with pytest.raises(alog.ConfigError) as raised:
        alog.Logger(value)
    assert raised.value.status == int(status)
    assert text in str(raised.value)
