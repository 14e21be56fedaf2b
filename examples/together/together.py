"""Three languages in one process and one logger: a program in Python with a part in C and a part in Go.

`together.py DIRECTORY` loads libprices.so (C, prices.c) and libpayments.so (Go, service/main.go) from there. Only this
program makes a logger, and gives it a name; the parts find it by that. What one part logs after a call of another has
returned stands behind it in the log, whatever threads they ran on.
"""

import ctypes
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import alog

ORDERS = 500


def part(directory: Path, name: str) -> ctypes.CDLL:
    """Loads a shared object."""
    return ctypes.CDLL(str(directory / f"lib{name}.so"))


def main(directory: Path) -> None:
    with alog.Logger("file:together.log?format=json", "stderr:?level=error", name="shop") as log:
        prices, payments = part(directory, "prices"), part(directory, "payments")
        prices.price_of.argtypes, prices.price_of.restype = [ctypes.c_int64], ctypes.c_int64
        payments.pay.argtypes, payments.pay.restype = [ctypes.c_int64, ctypes.c_int64], ctypes.c_int32
        if prices.begin() != 0 or payments.begin() != 0:
            sys.exit("a part has found no logger")

        def serve(order: int) -> None:
            log.info("order {order} came in", order=order)
            cents = prices.price_of(order)  # in C, on this thread
            paid = payments.pay(order, cents)  # in Go, on a thread of its own
            log.info("order {order} is done", order=order, paid=paid == 0)

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(serve, range(ORDERS)))
        payments.end()

    for error in log.errors():
        print("the log itself failed:", error)
    stats = log.stats()
    print(f"attempted {stats.attempted}, written {stats.written}, pending {stats.pending}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
