"""Mail by LMTP (RFC 2033) or SMTP (RFC 5321) from a mail server nearby: only for our own address, and kept before it is said to be."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlsplit

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from app.lib.addresses import in_words
from app.lib.db import roll_back
from app.mailroom.keeping import keep
from app.mailroom.outgoing import own_address

log = structlog.get_logger("frontdesk.mailroom")
SPEAKS = {"lmtp": LMTP, "smtp": SMTP}
PORTS = {"lmtp": 24, "smtp": 25}
PATIENCE = 60  # seconds of silence
AT_ONCE = 2
KEPT, LATER = "250 2.0.0 Kept", "451 4.3.0 Cannot be kept right now; come again"


class Wrong(ValueError):
    """The setting names no place to listen at."""


def place(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of FRONTDESK_MAIL_LISTEN. Raises Wrong."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in SPEAKS or not parts.hostname or port == -1:
        raise Wrong(f"FRONTDESK_MAIL_LISTEN should look like lmtp://127.0.0.1:8024, not {url!r}.")
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme]


async def listen(app: Flask) -> asyncio.Server:
    """Open the port. Each mail is taken in a thread of its own, a few at once. Raises Wrong, OSError."""
    settings = app.config["SETTINGS"]
    scheme, host, port = place(settings.mail_listen)
    largest = (settings.max_upload_mb * 3 // 2 + 2) * 1024 * 1024
    door = Door(app)
    speaker = partial(SPEAKS[scheme], door, data_size_limit=largest, timeout=PATIENCE, ident="Frontdesk", loop=asyncio.get_running_loop())
    return await asyncio.get_running_loop().create_server(speaker, host, port)


class Door:
    """What aiosmtpd asks: may this one be written to, and is this mail kept."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.threads = ThreadPoolExecutor(AT_ONCE, "mail")

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if envelope.rcpt_tos:
            # One mail is one row; whoever sends for two of our addresses comes twice.
            return "452 4.5.3 One recipient at a time"
        if not await asyncio.get_running_loop().run_in_executor(self.threads, self.is_ours, address):
            return "550 5.1.1 Nobody by that name"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Well known"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        return await asyncio.get_running_loop().run_in_executor(self.threads, self.take, raw)

    def is_ours(self, address: str) -> bool:
        """Our own address, with any mark after a plus. Mail for others is never passed on."""
        with self.app.app_context():
            own_name, _, own_host = in_words(own_address()).partition("@")
        name, _, host = in_words(address.lower()).rpartition("@")
        return (name.partition("+")[0], host) == (own_name.partition("+")[0], own_host)

    def take(self, raw: bytes) -> str:
        """Keep one mail; only when nothing can be kept the sender's server must come again."""
        with self.app.app_context():
            try:
                keep(raw, "port")
            except Exception as failed:
                # Any other answer would be for good: the sender's server would give the mail up.
                roll_back()
                log.warning("mail not kept", error=type(failed).__name__)
                return LATER
            return KEPT
