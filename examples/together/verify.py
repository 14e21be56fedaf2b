"""Verifies what together.py wrote, in the working directory: `verify.py REPORT`. Exit status 0 if and only if all holds.

Every order has its four lines, each by the part that has to write it, with a place in its source, in the order of the
calls; there are no others; and the account says so.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from together import ORDERS

# Who writes, in the order of the calls: the name of its logger, and where it stands.
STEPS = [("shop", "together.py:"), ("shop", "prices.c:"), ("shop.payments", "main.go:"), ("shop", "together.py:")]
MESSAGES = ["order {} came in", "order {} costs {}", "order {} is paid", "order {} is done"]


def main(report: str) -> None:
    steps = defaultdict(list)
    lines = Path("together.log").read_text(encoding="utf-8").splitlines()
    for line in lines:
        record = json.loads(line)
        steps[record["order"]].append(record)
    for order in range(ORDERS):
        records = steps[order]
        assert len(records) == len(STEPS), f"order {order}: {records}"
        cents = records[1]["cents"]
        for record, (logger, source), message in zip(records, STEPS, MESSAGES):
            assert record["message"] == message.format(order, cents), f"order {order}: {record}"
            assert record["logger"] == logger and record["source"].startswith(source), f"order {order}: {record}"
        assert records[2]["cents"] == cents and records[3]["paid"] is True, f"order {order}: {records}"
    times = [json.loads(line)["time"] for line in lines]
    assert times == sorted(times), "the lines of three languages are not in the order of their times"
    total = ORDERS * len(STEPS)
    said = Path(report).read_text(encoding="utf-8")
    assert said == f"attempted {total}, written {total}, pending 0\n", said
    assert len(lines) == total, f"{len(lines)} lines for {total} records"


if __name__ == "__main__":
    main(sys.argv[1])
