"""Lines in memory, and what a sink keeps back."""

from __future__ import annotations

import pytest

import alog
from alog import Logger


def test_the_last_lines_are_kept_and_reading_leaves_them() -> None:
    with Logger("memory:last?records=3", format="raw") as log:
        assert log.memory("last") == []
        for number in range(10):
            log.info(str(number))
        log.flush()
        assert log.memory("last") == [b"7", b"8", b"9"]
        assert log.memory("last") == [b"7", b"8", b"9"]
        log.clear_memory("last")
        assert log.memory("last") == []


def test_a_memory_of_another_name_raises_config_error() -> None:
    with Logger("memory:last") as log:
        for name in ("first", "", "memory:last", "last\0", "\udc80"):
            for ask in (log.memory, log.clear_memory):
                with pytest.raises(alog.ConfigError) as raised:
                    ask(name)
                assert str(raised.value) == f'no sink "memory:{name}"; there are "memory:last"'
                assert raised.value.status == alog.Status.ERR_SINK


def test_what_a_sink_keeps_back_is_counted_and_told() -> None:
    with Logger("memory:last?dedup=1h", format="raw") as log:
        for message in ("a", "a", "a", "b"):
            log.info(message)
        log.flush()
        assert log.memory("last") == [b"a", b"alog: 2 records suppressed: repeated", b"b"]
        assert log.stats().dropped["suppressed"] == log.sink_stats()[0].suppressed == 2
