"""A program that uses the standard logging, with alog behind it: nothing but the first lines knows."""

import logging

import alog

logging.setLoggerClass(alog.StandardLogger)  # if you like: plain calls then cost a tenth
logging.basicConfig(handlers=[alog.Handler("file:shop.log", format="json")], level=logging.INFO)

log = logging.getLogger("shop.db")
log.info("sold %d of %s", 3, "tea")
log.warning("slow: %d ms", 812, extra={"table": "orders"})  # extra becomes fields
try:
    {}["orders"]
except KeyError:
    log.exception("cannot load %s", "orders")  # the exception too: error, error_type, traceback

logging.shutdown()  # as at the end of the program: all of it is written
with open("shop.log", encoding="utf-8") as lines:
    print(lines.read(), end="")
