"""Reading what another service sends as JSON: each value as the kind it should be, or as nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Thing = dict[str, Any]


def thing(value: Any) -> Thing:
    return value if isinstance(value, dict) else {}


def things(value: Any) -> list[Thing]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """A text in one piece, without control characters; numbers that serve as ids become text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return "".join(sign for sign in value if sign.isprintable()).strip() if isinstance(value, str) else ""


def instant(value: Any) -> datetime | None:
    """An aware instant of ISO 8601 words; None for what is none, or names no zone."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo is not None and 2000 <= found.year <= 2200 else None


def tail(value: Any) -> str:
    """The last part of an address: services have written the rest of it in more than one way."""
    return text(value).rstrip("/").rpartition("/")[2]
