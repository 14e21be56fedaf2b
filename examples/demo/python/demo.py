"""Pushes every line of a file through alog from four threads, into one sink that works and one that does
not, and says what happened: `demo.py INPUT OUTPUT`.

Line n goes to thread (n - 1) % 4 as the message "python.t<thread> #<n> <line>". The report on standard output
is one "name value" per line; verify.py reads it, and checks OUTPUT against INPUT.
"""

import sys
import threading
from pathlib import Path
from time import perf_counter_ns
from typing import List

import alog

THREADS = 4


def read_messages(path: str) -> List[str]:
    """Every line of the file as the message that its thread is going to log."""
    lines = Path(path).read_bytes().removesuffix(b"\n").split(b"\n")
    # surrogateescape: bytes that are not UTF-8 pass through a str and come out again as they were.
    texts = (line.decode("utf-8", "surrogateescape") for line in lines)
    return [f"python.t{i % THREADS} #{i + 1} {text}" for i, text in enumerate(texts)]


def produce(log: alog.Logger, messages: List[str], first: int, call_ns: List[int]) -> None:
    for i in range(first, len(messages), THREADS):
        begin = perf_counter_ns()
        log.info(messages[i])
        call_ns[i] = perf_counter_ns() - begin


def print_errors(log: alog.Logger) -> None:
    for error in log.errors():
        print(f"error {error.count} {error.origin}: {error.message}")


def clock_cost_ns() -> int:
    """What reading the clock twice costs: contained in every figure of a call."""
    samples = []
    for _ in range(1001):
        begin = perf_counter_ns()
        samples.append(perf_counter_ns() - begin)
    return sorted(samples)[len(samples) // 2]


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("demo: usage: demo.py INPUT OUTPUT")
    messages = read_messages(sys.argv[1])
    call_ns = [0] * len(messages)  # one for each line; threads write to different ones
    log = alog.Logger(f"file:{sys.argv[2]}", "file:/dev/full", max_message_bytes="64MiB")

    threads = [threading.Thread(target=produce, args=(log, messages, t, call_ns)) for t in range(THREADS)]
    begin = perf_counter_ns()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print_errors(log)  # those so far
    log.stop(timeout=60)
    took_ns = perf_counter_ns() - begin
    print_errors(log)  # those of the last lines

    written, refused = log.sink_stats()[0].written, sum(log.stats().rejected.values())
    log.close()
    call_ns.sort()
    print(f"lines {len(messages)}\nwritten {written}\nrefused {refused}")
    print(f"p50_ns {call_ns[len(call_ns) // 2]}\np99_ns {call_ns[len(call_ns) * 99 // 100]}\nmax_ns {call_ns[-1]}")
    print(f"clock_ns {clock_cost_ns()}\nlines_per_second {len(messages) * 1_000_000_000 // took_ns}")


if __name__ == "__main__":
    main()
