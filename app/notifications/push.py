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
from sqlalchemy import ForeignKey, Select, String, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.lib import content, outbox
from app.lib.db import Model, add, db, let_go, only
from app.notifications.models import Notice

SERVICES = ("googleapis.com", "push.services.mozilla.com", "notify.windows.com", "push.apple.com")
GONE = {404, 410}
LIFE = 12 * 3600
TIMEOUT = 10
LONGEST = 200


class Refused(ValueError):
    """This is no subscription of a push service we know."""


class PushSubscription(Model):
    """One browser of one person, as its push service knows it."""

    __tablename__ = "push_subscriptions"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(Text, unique=True)
    p256dh: Mapped[str] = mapped_column(String(200))
    auth: Mapped[str] = mapped_column(String(80))

    @classmethod
    def of(cls, person: Person) -> Select[PushSubscription]:
        return select(cls).where(cls.person_id == person.id)

    @classmethod
    def any_of(cls, person: Person) -> bool:
        return db.session.scalar(select(cls.id).where(cls.person_id == person.id).limit(1)) is not None

    @classmethod
    def keep(cls, person: Person, given: Any) -> PushSubscription:
        """What a browser's PushSubscription.toJSON() says. A browser that changed hands belongs to who sits there now. Raises Refused."""
        endpoint, keys = checked(given)
        new = cls(endpoint=endpoint, person_id=person.id, p256dh=keys["p256dh"], auth=keys["auth"])
        row = only(select(cls).where(cls.endpoint == endpoint), new)
        row.person_id, row.p256dh, row.auth = new.person_id, new.p256dh, new.auth
        return add(row)

    @classmethod
    def forget(cls, person: Person, endpoint: str) -> None:
        db.session.execute(delete(cls).where(cls.person_id == person.id, cls.endpoint == endpoint))


def checked(given: Any) -> tuple[str, dict[str, str]]:
    keys = given.get("keys") if isinstance(given, dict) else None
    if not isinstance(keys, dict) or not all(is_key(keys.get(name), size) for name, size in (("p256dh", 65), ("auth", 16))):
        raise Refused("The keys of the subscription are missing.")
    endpoint = given.get("endpoint")
    if not isinstance(endpoint, str) or len(endpoint) > 1000 or not is_service(endpoint):
        raise Refused("That is not a push service we know.")
    return endpoint, keys


def is_key(value: Any, size: int) -> bool:
    try:
        return isinstance(value, str) and len(base64.urlsafe_b64decode(value + "==")) == size
    except ValueError:
        return False


def is_service(endpoint: str) -> bool:
    """Whether this is an address of a known push service: whatever else a browser names, we would be made to call it."""
    try:
        where = urlsplit(endpoint)
        host = (where.hostname or "").lower()
    except ValueError:
        return False
    more = [name.strip().lower() for name in current_app.config["SETTINGS"].push_hosts.split(",") if name.strip()]
    known = where.scheme == "https" and any(host == name or host.endswith(f".{name}") for name in SERVICES)
    return known or (where.scheme in {"https", "http"} and host in more)


def send(notice: Notice, person: Person) -> None:
    """One errand for each browser, so that a slow push service holds up none of the others."""
    for row in db.session.scalars(PushSubscription.of(person)):
        outbox.later("notifications.push", key=f"push:{notice.id}:{row.id}", notice_id=notice.id, subscription_id=row.id)


@outbox.errand("notifications.push")
def push(notice_id: int, subscription_id: int) -> None:
    """Hand one notice to one push service; a browser that is gone is forgotten. Other errors are tried again."""
    notice, row = db.session.get(Notice, notice_id), db.session.get(PushSubscription, subscription_id)
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
