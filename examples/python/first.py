"""Logs to standard output and to a file in the working directory, then asks what went wrong."""

import alog

with alog.Logger("console:", "file:first.log", level="debug") as log:
    log.info("service started")
    log.debug("cache is warm")
    log.error('cannot reach "db1":\nconnection refused')  # stays one line: the newline is escaped

for error in log.errors():
    print("the log itself failed:", error)
print(log.stats().written, "messages are written")
