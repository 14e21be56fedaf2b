"""Errors of the background: polled, waited for, counted."""

from __future__ import annotations

import asyncio
import errno
import os
import pickle
import selectors
from pathlib import Path

import pytest

import alog
from alog import Logger, Status
from conftest import HANG, Script


def test_a_full_disk_is_an_error_to_poll_and_counts_exactly() -> None:
    with Logger("file:/dev/full") as log:
        for _ in range(10):
            assert log.info("x")
        log.flush()
        errors = list(log.errors())
        assert {error.os_error for error in errors} == {errno.ENOSPC}
        assert {error.origin for error in errors} == {"file:/dev/full"}
        assert {error.status for error in errors} == {Status.ERR_IO}
        assert all(error.exception is None for error in errors)
        assert all(0 < error.first_unix_ns <= error.last_unix_ns and error.count >= 1 for error in errors)
        assert "file:/dev/full: " in str(errors[0]) and "no space left" in str(errors[0])
        stats = log.stats()
        assert (stats.accepted, stats.failed, stats.written, stats.pending) == (10, 10, 0, 0)
        assert log.poll_error() is None


def test_errors_of_the_last_records_are_there_after_stop() -> None:
    with Logger("file:/dev/full") as log:
        log.info("x")
    assert [error.os_error for error in log.errors()] == [errno.ENOSPC]


def test_the_descriptor_is_readable_if_and_only_if_there_is_an_error() -> None:
    with Logger("file:/dev/full") as log, selectors.DefaultSelector() as selector:
        selector.register(log.error_fd(), selectors.EVENT_READ)
        assert selector.select(0) == []
        log.info("x")
        assert selector.select(HANG)
        assert list(log.errors())
        assert selector.select(0) == []
        assert log.error_fd() == log.error_fd()


def test_asyncio_is_told_of_an_error() -> None:
    async def main(log: Logger) -> alog.LogError:
        loop = asyncio.get_running_loop()
        first: asyncio.Future[alog.LogError] = loop.create_future()

        def on_error() -> None:
            for error in log.errors():
                if not first.done():
                    first.set_result(error)

        loop.add_reader(log.error_fd(), on_error)
        try:
            log.info("x")
            return await asyncio.wait_for(first, HANG)
        finally:
            loop.remove_reader(log.error_fd())

    with Logger("file:/dev/full") as log:
        assert asyncio.run(main(log)).os_error == errno.ENOSPC


def test_errors_that_do_not_fit_are_counted() -> None:
    def refuse(_: bytes) -> None:
        codes.append(1 + len(codes))  # another error each time, so none is folded into the one before
        raise OSError(codes[-1], "no")

    codes: list[int] = []
    with Logger(refuse, error_capacity=2) as log:
        while len(codes) < 5:  # after each error there is a pause before the next try
            log.info("x")
            log.flush()
        kept = list(log.errors())
        stats = log.stats()
        assert stats.errors_lost == stats.errors_raised - sum(error.count for error in kept)
        assert len(kept) == 2


def test_a_pipe_whose_reader_died_gives_epipe_and_the_host_lives(script: Script) -> None:
    script(
        """
import errno, os, signal, alog
signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as a C program has it: a write on a host thread would end it
reader, writer = os.pipe()
with alog.Logger(f"fd:{writer}") as log:
    os.close(reader)
    assert log.info("nobody reads this")
    log.flush()
    assert {error.os_error for error in log.errors()} == {errno.EPIPE}
    assert log.stats().failed == 1
"""
    )


def test_the_descriptor_given_stays_the_callers(tmp_path: Path) -> None:
    with open(tmp_path / "app.log", "wb") as file:
        log = Logger(f"fd:{file.fileno()}", format="raw")
        log.info("from the logger")
        log.close()
        os.write(file.fileno(), b"from the caller\n")
    assert (tmp_path / "app.log").read_text() == "from the logger\nfrom the caller\n"


@pytest.mark.parametrize(
    "kind",
    [
        alog.ClosedError,
        alog.ConfigError,
        alog.OpenError,
        alog.ResourceError,
        alog.StoppedError,
        alog.TimeoutError,
        alog.TooLargeError,
        alog.WouldDeadlockError,
        alog.WriteError,
    ],
)
def test_an_exception_keeps_what_it_knows_through_pickle(kind: type[alog.Error]) -> None:
    made = kind("no space left", Status.ERR_IO, 28, "file:a")
    for error in (made, pickle.loads(pickle.dumps(made))):
        assert type(error) is kind
        assert (error.message, error.status, error.os_error, error.origin) == ("no space left", -61, 28, "file:a")
        assert str(error) == "file:a: no space left"
        if isinstance(error, OSError):
            assert (error.errno, error.strerror) == (28, "no space left")
