"""The exact account of a logger and of its sinks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ._native import AlogSinkStats, AlogStats
from .errors import text_of

# The place in the tuple is the number of the reason in the C ABI.
REJECT_REASONS = ("full", "timeout", "too_large", "stopped", "would_deadlock", "memory", "argument")
DROP_REASONS = ("filtered", "oldest", "suppressed")


@dataclass(frozen=True)
class Stats:
    """Where every message given to a logger is at one moment.

    It always holds that ``attempted == accepted + sum(rejected.values())`` and
    ``accepted == written + failed + sum(dropped.values()) + pending``. Messages of a level that is switched off are no
    attempts. After a fork the child counts from 0.
    """

    attempted: int
    """Messages of an enabled level given to the logger before it was closed."""
    accepted: int
    """Those that were taken: the bytes are copied and will be written."""
    written: int
    """Accepted, and handed to the operating system or to a destination in Python by at least one sink."""
    failed: int
    """Accepted, wanted by at least one sink, and written by none."""
    pending: int
    """Accepted, and neither written nor failed nor dropped yet."""
    rejected: dict[str, int]
    """Not taken, by reason: ``full``, ``timeout``, ``too_large``, ``stopped``, ``would_deadlock``, ``memory``,
    ``argument``. Every reason is there, most with 0."""
    dropped: dict[str, int]
    """Accepted but for no sink, by reason: ``filtered`` (no sink takes that level), ``oldest`` (it made room for a
    newer one, by ``overflow="drop-oldest"``), ``suppressed`` (every sink that takes its level kept it back)."""
    errors_raised: int
    """Errors reported to `Logger.poll_error` so far; folded ones count one each."""
    errors_lost: int
    """Of those, how many did not fit into ``error_capacity`` and are gone."""
    queues: int
    """Producing threads that hold a queue now."""
    queue_bytes: int
    """Bytes of address space held by those queues; memory is used only for what was touched."""
    gap_lines: int
    """Lines of its own that the logger put into the log to say that records are missing."""
    recovered: int
    """Of the accepted ones, those that a process had accepted that is no more: by ``crash_dir``."""


@dataclass(frozen=True)
class SinkStats:
    """What became of the records at one sink.

    Every accepted record that is no longer pending is counted once in ``written``, ``failed``, ``filtered`` or
    ``suppressed``.
    """

    name: str
    """The sink's name as in `LogError.origin`, for example ``"file:app.log"``."""
    written: int
    """Records handed to the operating system, or taken by the destination in Python."""
    failed: int
    """Records that this sink could not write."""
    filtered: int
    """Records below this sink's level."""
    retried: int
    """Writes that were tried again: interrupted, cut short, or not possible at that moment."""
    bytes: int
    """Bytes handed over."""
    suppressed: int
    """Records of a level that this sink takes, kept back by ``rate_limit`` or ``dedup``."""


def _by_reason(counts: Iterable[int], reasons: tuple[str, ...]) -> dict[str, int]:
    """Names the counts; one that has no name here yet is kept under its number, so that the sum stays exact."""
    return {
        reasons[number] if number < len(reasons) else f"reason_{number}": count
        for number, count in enumerate(counts)
        if number < len(reasons) or count
    }


def stats_of(record: AlogStats) -> Stats:
    """Copies the account out of the library's structure."""
    return Stats(
        attempted=record.attempted,
        accepted=record.accepted,
        written=record.written,
        failed=record.failed,
        pending=record.pending,
        rejected=_by_reason(record.rejected, REJECT_REASONS),
        dropped=_by_reason(record.dropped, DROP_REASONS),
        errors_raised=record.errors_raised,
        errors_lost=record.errors_lost,
        queues=record.queues,
        queue_bytes=record.queue_bytes,
        gap_lines=record.gap_lines,
        recovered=record.recovered,
    )


def sink_stats_of(record: AlogSinkStats) -> SinkStats:
    """Copies the account of a sink out of the library's structure."""
    return SinkStats(
        name=text_of(record.name),
        written=record.written,
        failed=record.failed,
        filtered=record.filtered,
        retried=record.retried,
        bytes=record.bytes,
        suppressed=record.suppressed,
    )
