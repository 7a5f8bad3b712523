"""Addresses we must not write to: letters come back, their owner complained, or said stop."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import Select, String, Text, UniqueConstraint, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import plain
from app.lib import clock, mail, tokens
from app.lib.addresses import in_words
from app.lib.db import Email, Instant, Model, db, first, only
from app.lib.facts import tell
from app.lib.mail import PostedLetter
from app.lib.page import absolute
from app.notifications.events import AddressSuppressed, OptedOut

UNSUBSCRIBE = "unsubscribe"
EVERYTHING = "*"
SOFT_BOUNCES, SOFT_REST = 3, timedelta(days=3)
# Letters somebody has just asked for themselves, such as a link to sign in: an old bounce does not hold them back.
ASKED_FOR = "account:"


class Suppressed(Model):
    """An address that letters come back from. `until` is None when for good."""

    __tablename__ = "suppressed_addresses"

    address: Mapped[Email] = mapped_column(unique=True)
    reason: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(Text, default="")
    bounces: Mapped[int] = mapped_column(default=0)
    until: Mapped[Instant | None]

    @classmethod
    def of(cls, address: str) -> Suppressed | None:
        return db.session.scalar(select(cls).where(cls.address == in_words(plain(address))))

    @classmethod
    def holds(cls, address: str) -> str:
        """Why nothing may be sent to this address now; empty when it may."""
        row = cls.of(address)
        if row is None or (row.until is not None and row.until <= clock.now()):
            return ""
        return f"{row.reason}: {row.detail}" if row.detail else row.reason

    @classmethod
    def all_held(cls) -> Select[Suppressed]:
        return select(cls).where(or_(cls.until.is_(None), cls.until > clock.now())).order_by(cls.id.desc())

    @classmethod
    def note(cls, address: str, reason: str, detail: str = "", hard: bool = True) -> Suppressed:
        """A letter came back (`bounce`) or was called unwanted (`complaint`). Hard: never again. Soft: the third rests three days."""
        new = cls(address=in_words(plain(address)), reason=reason, bounces=0, until=clock.now())
        row = only(select(cls).where(cls.address == new.address), new)
        row.reason, row.detail, row.bounces = reason, detail[:500], row.bounces + 1
        held = bool(cls.holds(address))
        if hard:
            row.until = None
        elif row.until is not None and row.bounces % SOFT_BOUNCES == 0:
            row.until = clock.now() + SOFT_REST
        if not held and (row.until is None or row.until > clock.now()):
            tell(AddressSuppressed(address=row.address, reason=reason))
        return row

    def lift(self) -> None:
        """Letters may go there again: somebody has looked into it."""
        db.session.delete(self)


class OptOut(Model):
    """The owner of an address wants no letters on a topic; `*` means none that they did not ask for."""

    __tablename__ = "opt_outs"
    __table_args__ = (UniqueConstraint("address", "topic"),)

    address: Mapped[Email]
    topic: Mapped[str] = mapped_column(String(60))

    @classmethod
    def holds(cls, address: str, topic: str) -> bool:
        found = select(cls.id).where(cls.address == plain(address), cls.topic.in_((topic, EVERYTHING))).limit(1)
        return db.session.scalar(found) is not None

    @classmethod
    def note(cls, address: str, topic: str) -> None:
        same = (cls.address == plain(address), cls.topic == topic)
        if db.session.scalar(select(cls.id).where(*same)) is None and first(cls(address=plain(address), topic=topic)):
            tell(OptedOut(address=plain(address), topic=topic))

    @classmethod
    def undo(cls, address: str, topic: str) -> None:
        db.session.execute(delete(cls).where(cls.address == plain(address), cls.topic == topic))


def may_write(address: str | None, topic: str) -> bool:
    """Whether a letter on this topic may go to this address. Ask in the transaction that posts it."""
    return bool(address) and not OptOut.holds(address or "", topic) and not Suppressed.holds(address or "")


def unsubscribe_link(address: str, topic: str) -> str:
    """The full address of the page, and of the one-click POST, that ends letters on this topic to this address."""
    return absolute("notifications.show_unsubscribe", token=tokens.sign(UNSUBSCRIBE, {"a": plain(address), "t": topic}))


def unsubscribe_headers(address: str, topic: str) -> dict[str, str]:
    """The headers with which mail programs show an unsubscribe button (RFC 2369, RFC 8058). One click works over https only."""
    headers = {"List-Unsubscribe": f"<{unsubscribe_link(address, topic)}>"}
    if current_app.config["SETTINGS"].https:
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def reason_to_stop(letter: PostedLetter) -> str:
    """Asked in the transaction that sends: a letter whose address has bounced in the meantime stays here."""
    return "" if letter.about.startswith(ASKED_FOR) else Suppressed.holds(letter.to)


def refused(letter: PostedLetter, code: int, words: str) -> None:
    """The mail server itself refused the address for good."""
    if 550 <= code <= 559:
        Suppressed.note(letter.to, "bounce", f"{code} {words}")


mail.stop_when(reason_to_stop)
mail.on_refusal(refused)
