"""Signed messages between machines, in the `t=<unix>,v1=<hex>` scheme that Stripe, Spiffy and Calendly speak, and our sandbox with them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from app.lib import clock, tokens

TOLERANCE = 300


class Forged(ValueError):
    """No secret of ours made this signature, or the header cannot be read."""


class Stale(Forged):
    """The signature is right but its time is too far from now, in either direction."""


def sign(secret: str, body: bytes, at: datetime | None = None) -> str:
    """The header for `body`: HMAC-SHA256 over `<unix seconds>.<body>` under `secret`, hex."""
    stamp = int((at or clock.now()).timestamp())
    return f"t={stamp},v1={mac(secret, stamp, body)}"


def verify(header: str, body: bytes, secrets: Iterable[str], tolerance: int = TOLERANCE) -> None:
    """Raise Forged unless one of the active `secrets` signed these bytes, and Stale unless that was within `tolerance` seconds of now."""
    check_age(signed_at(header, body, secrets), tolerance)


def signed_at(header: str, body: bytes, secrets: Iterable[str]) -> int:
    """When these bytes were signed (unix seconds), however long ago. Raises Forged unless one of the active `secrets` did it."""
    stamp, given = read(header)
    wanted = [mac(secret, stamp, body) for secret in secrets if secret]
    if not any(tokens.same(mine, theirs) for mine in wanted for theirs in given):
        raise Forged("The signature does not fit the message.")
    return stamp


def check_age(stamp: float, tolerance: int = TOLERANCE) -> None:
    """Raise Stale unless `stamp` (unix seconds) lies within `tolerance` seconds of now.

    Times in the future are refused like old ones: the vendors' own libraries let them pass.
    """
    if abs(clock.now().timestamp() - stamp) > tolerance:
        raise Stale("The message is too old or from the future.")


def read(header: str) -> tuple[int, list[str]]:
    pairs = [item.strip().partition("=") for item in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t"]
    given = [value for name, _, value in pairs if name == "v1"]
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdecimal()) or len(stamps[0]) > 12 or not given:
        raise Forged("The signature header cannot be read.")
    return int(stamps[0]), given[:10]


def mac(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
