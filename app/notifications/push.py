"""Web push (RFC 8030, 8291, 8292) to agents' browsers. The keys of this installation are made once, in instance/push_key.pem."""

from __future__ import annotations

import base64
import json
import os
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import current_app
from py_vapid import Vapid02
from sqlalchemy import delete

from app.accounts.models import Person
from app.lib import content, outbox
from app.lib.db import db, let_go
from app.notifications.models import Notice, PushSubscription

GONE = {404, 410}
LIFE = 12 * 3600
TIMEOUT = 10
LONGEST = 200


def send(notice: Notice, person: Person) -> None:
    """One errand for each browser, so that a slow push service holds up none of the others."""
    for row in db.session.scalars(PushSubscription.of(person)):
        outbox.later("notifications.push", key=f"push:{notice.id}:{row.id}", notice_id=notice.id, subscription_id=row.id)


@outbox.errand("notifications.push")
def push(notice_id: int, subscription_id: int) -> None:
    """Hand one notice to one push service; a browser that is gone is forgotten. Other errors are tried again."""
    notice = db.session.get(Notice, notice_id)
    row = db.session.scalar(PushSubscription.living().where(PushSubscription.id == subscription_id))
    if notice is None or row is None or notice.read_at is not None:
        return
    words = {"title": notice.title[:LONGEST], "body": notice.body[:LONGEST], "url": notice.url, "tag": notice.key or f"notice-{notice.id}"}
    where = {"endpoint": row.endpoint, "keys": {"p256dh": row.p256dh, "auth": row.auth}}
    let_go()
    if not handed_over(where, json.dumps(words), f"notice-{notice_id}"):
        db.session.execute(delete(PushSubscription).where(PushSubscription.id == subscription_id))


def handed_over(where: dict[str, Any], words: str, name: str) -> bool:
    """False when the push service knows this browser no more. Raises WebPushException when it could not be told."""
    # It brings an HTTP library of its own, 17 MB in each process, for the few that ever push.
    from pywebpush import WebPushException, webpush  # noqa: PLC0415

    origin = "{0.scheme}://{0.netloc}".format(urlsplit(where["endpoint"]))
    claims = {"sub": f"mailto:{firm_mail()}", "aud": origin}
    try:
        webpush(
            where,
            words,
            vapid_private_key=key(),
            vapid_claims=claims,
            ttl=LIFE,
            timeout=TIMEOUT,
            headers={"Topic": name[-32:], "Urgency": "high"},
        )
    except WebPushException as error:
        if error.response is None or error.response.status_code not in GONE:
            raise
        return False
    return True


def firm_mail() -> str:
    return str(content.table("site.toml").get("email") or "frontdesk@localhost")


def key() -> Vapid02:
    """The signing key of this installation, made on first use with mode 0600."""
    path = current_app.config["SETTINGS"].instance / "push_key.pem"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Vapid02.from_file(str(path))
    fresh = Vapid02()
    fresh.generate_keys()
    with os.fdopen(handle, "wb") as file:
        file.write(fresh.private_pem())
    return fresh


def public_key() -> str:
    """What the browser's pushManager.subscribe wants as applicationServerKey (base64url, uncompressed P-256 point)."""
    point = key().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
