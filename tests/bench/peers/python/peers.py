"""Measures one logging call of another logger of Python.

    peers.py NAME BATCHES DIRECTORY

NAME is picologging, structlog or loguru; each is set up as its documentation does it for a file, with lines of time,
level and message. Results are lines "name TAB nanoseconds", as module batches prints them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from batches import CUSTOMER, FIELDS_MESSAGE, Subject, messages, run

#: These are slow: fewer calls in a batch.
CALLS = 1000


def picologging_subjects(directory: Path) -> list[Subject]:
    """A FileHandler with a Formatter, as in the standard library."""
    import picologging

    handler = picologging.FileHandler(str(directory / "picologging.log"))
    handler.setFormatter(picologging.Formatter("[%(asctime)s] %(levelname)s - %(message)s"))
    log = picologging.Logger("bench", picologging.INFO)
    log.addHandler(handler)

    def fields(numbers: range) -> None:
        for number in numbers:
            log.info(FIELDS_MESSAGE + " order=%d customer=%s", number, CUSTOMER)

    return [
        Subject("file", messages(log.info)),
        Subject("fields", fields),
        Subject("disabled", messages(log.debug)),
    ]


def structlog_subjects(directory: Path) -> list[Subject]:
    """What its page on performance advises: cached, a filtering logger, JSON, bytes straight into the file."""
    import structlog

    structlog.configure(
        cache_logger_on_first_use=True,
        wrapper_class=structlog.make_filtering_bound_logger(20),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=(directory / "structlog.log").open("w")),
    )
    log = structlog.get_logger()

    def fields(numbers: range) -> None:
        for number in numbers:
            log.info(FIELDS_MESSAGE, order=number, customer=CUSTOMER)

    return [
        Subject("file", messages(log.info)),
        Subject("fields", fields),
        Subject("disabled", messages(log.debug)),
    ]


def loguru_subjects(directory: Path) -> list[Subject]:
    """A file, written by the caller, and the same behind its queue (enqueue=True), each with a logger of its own."""
    import copy

    from loguru import logger

    logger.remove()
    queued = copy.deepcopy(logger)
    line = "[{time:YYYY-MM-DD HH:mm:ss.SSSSSS}] {level} - {message}"
    logger.add(directory / "loguru.log", format=line, level="INFO")
    queued.add(directory / "loguru-queued.log", format=line, level="INFO", enqueue=True)

    def fields(numbers: range) -> None:
        for number in numbers:
            logger.info(FIELDS_MESSAGE + " order={} customer={}", number, CUSTOMER)

    return [
        Subject("file", messages(logger.info)),
        Subject("fields", fields),
        Subject("disabled", messages(logger.debug)),
        Subject("queue", messages(queued.info), queued.complete),
    ]


def main() -> None:
    name, batches, directory = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    subjects = {"picologging": picologging_subjects, "structlog": structlog_subjects, "loguru": loguru_subjects}
    run(batches, subjects[name](directory), CALLS)


main()
