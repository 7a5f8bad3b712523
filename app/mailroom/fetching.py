"""Mail by IMAP: read on from the last UID, keep each mail, commit, and only then mark it seen (RFC 9051)."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import SplitResult, unquote, urlsplit

from flask import current_app

from app.lib import tls
from app.lib.db import commit, db, let_go
from app.lib.outbox import errand
from app.mailroom.keeping import keep
from app.mailroom.models import MailboxMark

BATCH = 50
TIMEOUT = 30


@errand("mailroom.fetch")
def fetch() -> None:
    """Take what is new in the mailbox of FRONTDESK_IMAP_URL. A mail that cannot be taken is kept as it came and shown at the desk."""
    url = current_app.config["SETTINGS"].imap_url
    if not url:
        return
    where = urlsplit(url)
    name = f"{where.username}@{where.hostname}:{where.port}{where.path}"
    known = MailboxMark.of(name)
    validity, last_uid = known.validity or 0, known.last_uid or 0
    commit()
    let_go()
    with opened(where) as box:
        now_valid = validity_of(box)
        for uid, raw in fresh(box, last_uid if now_valid == validity else 0):
            # How far we are is written with the mail; one that cannot be kept now is fetched again at the next look.
            keep(raw, "imap", partial(step, name, now_valid, uid))
            db.session.expire_all()
            box.uid("STORE", str(uid), "+FLAGS", r"(\Seen)")


@contextmanager
def opened(where: SplitResult) -> Iterator[imaplib.IMAP4]:
    """The mailbox, signed in and selected: imaps:// is TLS from the start, imap:// takes STARTTLS where it is offered."""
    host, context = where.hostname or "localhost", tls.trusted()
    box: imaplib.IMAP4
    if where.scheme == "imaps":
        box = imaplib.IMAP4_SSL(host, where.port or 993, ssl_context=context, timeout=TIMEOUT)
    else:
        box = imaplib.IMAP4(host, where.port or 143, timeout=TIMEOUT)
        if "STARTTLS" in box.capabilities:
            box.starttls(context)
    try:
        box.login(unquote(where.username or ""), unquote(where.password or ""))
        box.select(unquote(where.path.strip("/")) or "INBOX")
        yield box
    finally:
        box.logout()


def validity_of(box: imaplib.IMAP4) -> int:
    """What the server said when the mailbox was selected; 0 from a server that says nothing."""
    found = box.response("UIDVALIDITY")[1]
    return int(found[0]) if found and found[0] else 0


def fresh(box: imaplib.IMAP4, after: int) -> Iterator[tuple[int, bytes]]:
    """The mails above a UID, oldest first, one at a time, left unseen."""
    listed = box.uid("SEARCH", f"UID {after + 1}:*")[1]
    # `n:*` always names the last mail, also when its UID is below n.
    uids = sorted(int(uid) for uid in (listed[0] or b"").split() if int(uid) > after)
    for uid in uids[:BATCH]:
        parts = box.uid("FETCH", str(uid), "(BODY.PEEK[])")[1]
        raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
        if raw is not None:
            yield uid, raw


def step(mailbox: str, validity: int, uid: int) -> None:
    row = MailboxMark.of(mailbox)
    row.validity, row.last_uid = validity, uid
