"""A service with an event loop: it never waits for a disk, and learns what the log could not do."""

import asyncio

import alog


async def watch(log: alog.Logger) -> None:
    async for error in log.errors():  # ends when the logger is stopped
        print("the log itself failed:", error)


async def main() -> None:
    async with alog.Logger("file:service.log", "file:/dev/full?hold=0s", overflow="drop-newest") as log:
        watching = asyncio.create_task(watch(log))
        request = log.bind(request=7)  # its fields are in each of its messages
        request.info("asked for {what}", what="tea")
        await log.flush_async(timeout=5)  # what was accepted is written, or an error
        request.info("done")
    await watching


asyncio.run(main())
