"""The mail port: takes mail by LMTP or SMTP from a mail server on this machine, and says 250 only when it is kept."""

from __future__ import annotations

import asyncio
import signal
import sys

import structlog

from app.mailroom.port import Wrong, listen
from jobs.entry import the_app

log = structlog.get_logger("frontdesk.mailport")


async def serve() -> None:
    app = the_app()
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, done.set)
    server = await listen(app)
    log.info("taking mail", at=app.config["SETTINGS"].mail_listen)
    async with server:
        await done.wait()


def main() -> int:
    try:
        asyncio.run(serve())
    except (Wrong, OSError) as error:
        print(f"frontdesk: the mail port cannot be opened: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
