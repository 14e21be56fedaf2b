"""The cases that every language runs alike: tests/corpus."""

from __future__ import annotations

import ctypes
import re
import urllib.parse
from pathlib import Path

import pytest

import alog
from alog import _native
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


CASES, SETTINGS = rows("cases.tsv"), rows("config.tsv")


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_message_gives_the_status_and_the_line_of_the_corpus(case: list[str], tmp_path: Path) -> None:
    _, given, level, message, status, line = case
    settings = {} if given == "-" else dict(pair.split("=", 1) for pair in given.split())
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
