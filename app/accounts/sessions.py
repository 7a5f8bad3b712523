"""Sign-ins: each session is a row that its owner can see and end."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import current_app, g, request
from sqlalchemy import ColumnElement, ForeignKey, Select, String, and_, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.mailed import MailedLink
from app.lib import clock, live, tokens
from app.lib.db import Instant, Model, UTCDateTime, add, db

if TYPE_CHECKING:
    from app.accounts.models import Person


class Found(NamedTuple):
    """A living session as every request asks for it."""

    id: int
    last_seen_at: datetime
    person: Person


def oldest() -> datetime:
    """A session that was last used before this instant has ended by itself."""
    return clock.now() - timedelta(days=current_app.config["SETTINGS"].session_days)


class SignIn(Model):
    """One signed-in browser of one person."""

    __tablename__ = "sign_ins"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    way: Mapped[str] = mapped_column(String(20))
    browser: Mapped[str] = mapped_column(String(200), default="")
    last_seen_at: Mapped[Instant] = mapped_column(default=clock.now)
    revoked_at: Mapped[Instant | None]
    person: Mapped[Person] = relationship()

    @classmethod
    def begin(cls, person: Person, way: str) -> SignIn:
        """Start a session for `person`, proven by `way` (password, link, setup). The bearer token lands in `g.sign_in_token`."""
        g.sign_in_token = tokens.secret(256)
        browser = request.headers.get("User-Agent", "")[:200]
        return add(cls(person_id=person.id, token_digest=tokens.digest(g.sign_in_token), way=way, browser=browser))

    @classmethod
    def find(cls, token: str) -> Found | None:
        """The living session with this token whose person is active; None when revoked, too old or unknown."""
        row = db.session.execute(cls.finding(), {"digest": tokens.digest(token), "since": oldest()}).one_or_none()
        if row is None:
            return None
        *found, has_grants = row
        if not has_grants:
            # Nearly everybody has none, and every page asks what its reader may.
            set_committed_value(row.Person, "grants", [])
        return Found(*found)

    @classmethod
    @cache
    def finding(cls) -> Any:
        """The statement of `find`, made once: every page of somebody who is signed in begins with it."""
        person: type[Person] = cls.person.entity.class_
        found = select(cls.id, cls.last_seen_at, person, person.grants.any()).join(cls.person)
        alive = (cls.revoked_at.is_(None), cls.last_seen_at > bindparam("since", type_=UTCDateTime), person.active)
        return found.where(cls.token_digest == bindparam("digest"), *alive)

    @classmethod
    def here(cls) -> SignIn:
        """The session that this request belongs to; somebody is signed in."""
        return db.session.get_one(cls, g.sign_in_id)

    @classmethod
    def living(cls, person: Person) -> Select[SignIn]:
        """The browsers in which this person is signed in, the last used first."""
        return select(cls).where(cls.person_id == person.id, cls.goes_on()).order_by(cls.last_seen_at.desc())

    @classmethod
    def goes_on(cls) -> ColumnElement[bool]:
        """The condition for a session that is neither ended nor too old."""
        return and_(cls.revoked_at.is_(None), cls.last_seen_at > oldest())

    @classmethod
    def end_all(cls, person: Person, but: SignIn | None = None) -> None:
        """Sign them out everywhere, or everywhere else. What a stranger asked for at one of these browsers ends with it."""
        others = update(cls).where(cls.person_id == person.id, cls.revoked_at.is_(None))
        if but is not None:
            others = others.where(cls.id != but.id)
        db.session.execute(others.values(revoked_at=clock.now()))
        MailedLink.end_changes(person)
        live.end(f"person:{person.id}")

    def end(self) -> None:
        """Sign this browser out; open sockets of the person close, and the other browsers' come again by themselves."""
        self.revoked_at = clock.now()
        live.end(f"person:{self.person_id}")
