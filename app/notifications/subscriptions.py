"""The browsers that agents let us push to."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import ForeignKey, Select, String, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person, SignIn
from app.lib.db import Model, add, db, only

SERVICES = ("googleapis.com", "push.services.mozilla.com", "notify.windows.com", "push.apple.com")


class Refused(ValueError):
    """This is no subscription of a push service we know."""


class PushSubscription(Model):
    """One browser of one person, as its push service knows it. It is pushed to while they are signed in there, and no longer."""

    __tablename__ = "push_subscriptions"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    sign_in_id: Mapped[int] = mapped_column(ForeignKey("sign_ins.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(Text, unique=True)
    p256dh: Mapped[str] = mapped_column(String(200))
    auth: Mapped[str] = mapped_column(String(80))

    @classmethod
    def of(cls, person: Person) -> Select[PushSubscription]:
        return cls.living().where(cls.person_id == person.id)

    @classmethod
    def living(cls) -> Select[PushSubscription]:
        return select(cls).join(SignIn, SignIn.id == cls.sign_in_id).where(SignIn.goes_on())

    @classmethod
    def any_of(cls, person: Person) -> bool:
        return db.session.scalar(cls.of(person).with_only_columns(cls.id).limit(1)) is not None

    @classmethod
    def is_on(cls, sign_in: SignIn) -> bool:
        """Whether this browser is pushed to while this session of it lasts."""
        return db.session.scalar(select(cls.id).where(cls.sign_in_id == sign_in.id).limit(1)) is not None

    @classmethod
    def keep(cls, sign_in: SignIn, given: Any) -> PushSubscription:
        """What a browser's PushSubscription.toJSON() says. A browser that changed hands belongs to who sits there now. Raises Refused."""
        endpoint, keys = checked(given)
        own = {"person_id": sign_in.person_id, "sign_in_id": sign_in.id, "p256dh": keys["p256dh"], "auth": keys["auth"]}
        row = only(select(cls).where(cls.endpoint == endpoint), cls(endpoint=endpoint, **own))
        for name, value in own.items():
            setattr(row, name, value)
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
