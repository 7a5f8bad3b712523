"""However a mail comes, it is taken in or kept as it came: by IMAP, at our own port, from a provider."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from app.lib.db import add, commit, roll_back
from app.mailroom.models import Incoming, digest, keep_raw
from app.mailroom.receiving import receive

log = structlog.get_logger("frontdesk.mailroom")
# What passes by itself: a locked or absent database, a full disk. None of it says anything about the mail.
PASSING = (OperationalError, PoolExhausted, OSError)


def keep(raw: bytes, source: str, also: Callable[[], object] = lambda: None) -> Incoming | None:
    """Take one raw mail, do `also` in the same transaction, and commit. What cannot be taken is kept as it came; None when it was before.

    Raises one of PASSING while nothing can be kept: the mail is sound and has to come again.
    """
    row: Incoming | None
    try:
        row = receive(raw, source)
        also()
        commit()
    except PASSING:
        roll_back()
        raise
    except Exception as error:
        roll_back()
        log.warning("mail kept unread", error=type(error).__name__)
        row = keep_broken(raw, source, error)
        also()
        commit()
    return row


def keep_broken(raw: bytes, source: str, error: Exception) -> Incoming | None:
    """What could not be read or taken: the bytes, and why, for somebody to look at."""
    name = digest(raw.hex(), "")
    if Incoming.seen_before(name, ""):
        return None
    why = f"{type(error).__name__}: {error}"[:200]
    row = Incoming(mark=digest(name, ""), id_digest=name, message_id=name, sender="", source=source, path=keep_raw(raw), state="broken")
    row.kind_because = why
    return add(row)
