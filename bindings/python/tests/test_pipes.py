"""Readers that die, and files at the limit of their size: an error with an errno, an exact account, and a host that lives.

Each program has the signals of a C program: what a write raises would end it, if it reached one of its threads.
"""

from __future__ import annotations

import pytest

from conftest import Script

SHARED = """
import errno, os, re, resource, signal, sys
import alog

for number in (signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(number, signal.SIG_DFL)
mode, threads = sys.argv[1], "?own_thread=" + sys.argv[2]
settings = dict([mode.split("=")]) if mode else {}
log = alog.Logger("file:all" + threads, sink + threads, format="raw", **settings)
logged = 0


def say(count):
    global logged
    for logged in range(logged + 1, logged + count + 1):
        assert log.info(f"line {logged}")
    while mode == "writer=caller" and log.drain():
        pass
    log.flush()


def lost(os_error, origin):
    errors = list(log.errors())
    assert {(error.os_error, error.origin) for error in errors} <= {(os_error, origin)}, errors
    return sum(error.count for error in errors)


def settle(what, text, lost, place=1):
    lines = text.splitlines(keepends=True)
    assert all(line.endswith("\\n") for line in lines)
    numbers = [int(line[5:]) for line in lines if line.startswith("line ")]
    told = sum(int(n) for n in re.findall("^alog: (\\\\d+) records? lost: destination failed$", text, re.MULTILINE))
    assert len(numbers) + text.count("alog: ") == len(lines)
    assert numbers == sorted(set(numbers)), "twice, or out of order"
    stats, sink = log.stats(), log.sink_stats()[place]
    assert (stats.accepted, stats.written, stats.pending) == (logged, logged, 0), stats
    assert (sink.written, sink.failed) == (len(numbers), lost), (sink, lost)
    assert sink.written + sink.failed == logged and told == lost
    assert not signal.sigpending()
    print(f"figures: {what}: accepted {logged}, written {sink.written}, failed {sink.failed}, told {told}, lost 0")
"""

modes = pytest.mark.parametrize(
    ("mode", "threads"), [("", "no"), ("", "yes"), ("workers=0", "no"), ("writer=caller", "no"), ("workers=3", "no")]
)


@modes
def test_the_reader_of_a_fifo_may_die_whoever_writes_and_the_next_one_is_told(
    script: Script, mode: str, threads: str
) -> None:
    source = """
say(300)
text = os.read(reader, 65536).decode()
os.close(reader)
say(300)
gone = lost(errno.EPIPE, "file:fifo")
assert gone > 0
reader = opened()
log.stop()
text += os.read(reader, 65536).decode()
settle("a reader of a FIFO that dies", text, gone + lost(errno.EPIPE, "file:fifo"))
"""
    before = """
import os
def opened():
    return os.open("fifo", os.O_RDONLY | os.O_NONBLOCK)

os.mkfifo("fifo")
reader = opened()
sink = "file:fifo"
"""
    print(script(before + SHARED + source, mode, threads).stdout)


@modes
def test_the_reader_of_standard_output_may_die_whoever_writes(script: Script, mode: str, threads: str) -> None:
    source = """
say(10)
text = os.read(reader, 65536).decode()
os.close(reader)
say(300)
gone = lost(errno.EPIPE, "console:")
assert gone > 0
log.stop()
os.dup2(terminal, 1)
gone += lost(errno.EPIPE, "console:")
text += f"alog: {gone} records lost: destination failed\\n"  # nobody was there to be told
settle("standard output that nobody reads", text, gone)
"""
    before = """
import os
terminal = os.dup(1)
reader, writer = os.pipe()
os.dup2(writer, 1)
os.close(writer)
sink = "console:"
"""
    print(script(before + SHARED + source, mode, threads).stdout)


@modes
def test_a_file_may_reach_the_limit_of_its_size_whoever_writes(script: Script, mode: str, threads: str) -> None:
    source = """
before = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
say(300)
resource.setrlimit(resource.RLIMIT_FSIZE, before)
log.stop()
settle("a limit of file sizes", open("all").read(), lost(errno.EFBIG, "file:all"), 0)
"""
    print(script("sink = 'memory:kept'\n" + SHARED + source, mode, threads).stdout)
