"""Messages with fields, derived loggers, hooks, levels that change; as JSON in record.log and on the screen."""

import os

import alog


def add_host(record: alog.Record) -> None:
    record["host"] = os.uname().nodename


def hide_secrets(record: alog.Record) -> None:
    if "password" in record:
        record["password"] = "***"


screen = alog.Sink("console:", pattern="{level|<6} {logger|<8} {message}")
file = alog.Sink("file:record.log", format="json")

with alog.Logger(screen, file, name="shop", post_hooks=[hide_secrets, add_host]) as log:
    # The message is a template if the call has fields; all of them stay fields.
    log.info("user {user} logged in from {ip}", user="ann", ip="10.0.0.7", password="secret")

    # A derived logger: its fields are in every message and cost nothing per message.
    request = log.bind(request=7)
    request.warn("slow: {ms} ms", ms=812.5, query={"table": "orders", "rows": 3})

    # An exception becomes the fields error, error_type and traceback.
    database = log.child(name="db")
    try:
        os.stat("/missing/orders")
    except OSError:
        database.exception("cannot read {table}", table="orders")

    # Levels change while the program runs, for all loggers of one family.
    log.levels = "debug|error+"
    log.info("nobody sees this")
    request.debug("but this")

for error in log.errors():  # what the logger itself could not do, hooks included
    print(error)
