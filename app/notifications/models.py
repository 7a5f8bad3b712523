"""Notices: news for one person, shown at their bell and carried where they want it. `Notice.tell` is the one verb."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, String, delete, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.lib import clock
from app.lib.db import Instant, Model, Title, Words, add, claim, db
from app.lib.outbox import errand, later
from app.notifications.addresses import OptOut, Suppressed, may_write, unsubscribe_headers, unsubscribe_link
from app.notifications.channels import Topic, channels_of, topic
from app.notifications.channels import channel as channel_named
from app.notifications.consents import Consent
from app.notifications.live import ring
from app.notifications.preferences import Preference, QuietTime, due_on, wants, wished, zone_of
from app.notifications.subscriptions import PushSubscription

KEPT = timedelta(days=180)


class Notice(Model):
    """One piece of news for one person. With a `key`, what repeats while unread becomes one notice with a count."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_unread", "person_id", sqlite_where=text("read_at IS NULL"), postgresql_where=text("read_at IS NULL")),
        Index("ix_notices_person_latest", "person_id", "id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    topic: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(120), default="")
    title: Mapped[Title]
    body: Mapped[Words] = mapped_column(default="")
    url: Mapped[str] = mapped_column(String(500), default="")
    count: Mapped[int] = mapped_column(default=1)
    at_bell: Mapped[bool] = mapped_column(default=True)
    told_at: Mapped[Instant] = mapped_column(default=clock.now)
    read_at: Mapped[Instant | None]
    person: Mapped[Person] = relationship()

    @classmethod
    def tell(cls, person: Person, topic_name: str, title: str, body: str = "", url: str = "", key: str = "") -> Notice:
        """Tell one person, over the channels they want for this topic; `url` is a path of ours. Raises LookupError for an unknown topic."""
        kind = topic(topic_name)
        found = cls.unread_with(person, key) if key else None
        if found is not None:
            found.title, found.body, found.url, found.count, found.told_at = title[:200], body, url, found.count + 1, clock.now()
            row = found
        else:
            row = add(cls(person_id=person.id, topic=kind.name, key=key, title=title[:200], body=body, url=url))
            row.carry(person, kind)
        if row.at_bell:
            ring(person, cls.unread(person))
        return row

    def carry(self, person: Person, kind: Topic) -> None:
        """Write an errand for each channel that is wanted and could reach them, due when they may be disturbed."""
        wanted = wished(person, kind)
        self.at_bell = "bell" in wanted
        for one in channels_of(wanted - {"bell"}):
            if one.reaches(person):
                due = due_on(person, kind, one.name)
                later("notifications.carry", due_at=due, key=f"notice:{self.id}:{one.name}", notice_id=self.id, channel=one.name)

    @classmethod
    def unread_with(cls, person: Person, key: str) -> Notice | None:
        return db.session.scalar(select(cls).where(cls.person_id == person.id, cls.read_at.is_(None), cls.key == key))

    @classmethod
    def unread(cls, person: Person) -> int:
        return db.session.scalar(cls.at_bell_of(person.id)) or 0

    @classmethod
    def at_bell_of(cls, person_id: int | ColumnElement[int]) -> Select[int]:
        """How many unread ones hang at the bell of this person, as a statement."""
        return select(func.count(cls.id)).where(cls.person_id == person_id, cls.read_at.is_(None), cls.at_bell)

    @classmethod
    def latest(cls, person: Person) -> Select[Notice]:
        return select(cls).where(cls.person_id == person.id, cls.at_bell).order_by(cls.told_at.desc(), cls.id.desc())

    @classmethod
    def read_all(cls, person: Person, key: str | None = None, url: str | None = None) -> None:
        """They have seen it: everything at the bell, or what has this key or leads to this page, as when that was opened."""
        mine = update(cls).where(cls.person_id == person.id, cls.read_at.is_(None))
        mine = mine.where(cls.key == key) if key is not None else mine
        mine = mine.where(cls.url == url) if url is not None else mine
        if db.session.execute(mine.values(read_at=clock.now()).execution_options(synchronize_session="fetch")).rowcount:  # type: ignore[attr-defined]
            ring(person, cls.unread(person))

    def read(self) -> None:
        cls = type(self)
        if claim(update(cls).where(cls.id == self.id, cls.read_at.is_(None)).values(read_at=clock.now())):
            ring(self.person, cls.unread(self.person))


@errand("notifications.carry")
def carry(notice_id: int, channel: str) -> None:
    """Carry one notice over one channel, when it is still news, still wanted, and they can still be reached."""
    notice, road = db.session.get(Notice, notice_id), channel_named(channel)
    if notice is None or road is None or notice.read_at is not None or not notice.person.active:
        return
    kind = topic(notice.topic)
    if channel in wished(notice.person, kind) and road.reaches(notice.person):
        road.deliver(notice, notice.person, kind)


@errand("notifications.sweep")
def sweep() -> None:
    """Old news goes: read or not, after half a year."""
    db.session.execute(delete(Notice).where(Notice.told_at < clock.now() - KEPT))


__all__ = [
    "Consent",
    "Notice",
    "OptOut",
    "Preference",
    "PushSubscription",
    "QuietTime",
    "Suppressed",
    "may_write",
    "unsubscribe_headers",
    "unsubscribe_link",
    "wants",
    "wished",
    "zone_of",
]
