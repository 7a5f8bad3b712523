"""Assignment: who is here to answer, how much they carry, and one statement that picks the next agent and takes the conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    ForeignKey,
    Select,
    String,
    UniqueConstraint,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.models import Membership, Person
from app.conversations.events import AvailabilityChanged
from app.conversations.models.conversation import Conversation
from app.lib import clock
from app.lib.db import Instant, Model, Slug, add, db, only
from app.lib.facts import tell

LEASE = timedelta(seconds=60)
LIVELY = timedelta(minutes=30)
STICKY = timedelta(days=7)
AWAY_AFTER = timedelta(minutes=5)
WEIGHTS = {"chat": 1.0, "phone": 1.0}
LIGHT = 0.3


class Availability(Model):
    """Whether an agent takes conversations now, how many, and until when their desk has been seen open."""

    __tablename__ = "availabilities"
    USUAL = 5.0  # chats at once, until an admin says otherwise

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="away")
    capacity: Mapped[float] = mapped_column(Float, default=USUAL)
    lease_until: Mapped[Instant | None]
    last_assigned_at: Mapped[Instant | None]
    person: Mapped[Person] = relationship()

    @classmethod
    def of(cls, agent: Person) -> Availability:
        """The row of this agent, made away when new."""
        return only(select(cls).where(cls.person_id == agent.id), cls(person_id=agent.id))

    @classmethod
    def online(cls) -> Select[Availability]:
        """Who takes conversations now: said so, and their desk is open."""
        return select(cls).join(Person).where(cls.is_here(), Person.active, Person.role.in_(("agent", "admin"))).order_by(Person.name)

    @classmethod
    def is_here(cls, moment: Any = None) -> Any:
        """The condition for one who takes conversations at `moment` (an instant or a bound parameter), now when it is not said."""
        return and_(cls.state == "available", cls.lease_until > (clock.now() if moment is None else moment))

    @property
    def here(self) -> bool:
        return self.state == "available" and self.lease_until is not None and self.lease_until > clock.now()

    def renew(self, lease: timedelta = LEASE) -> None:
        """The desk is still open: an agent who had dropped out is back in."""
        was, self.lease_until = self.here, clock.now() + lease
        self.told(was)

    def come(self, lease: timedelta = LEASE) -> None:
        """Take conversations from now on."""
        was, self.state, self.lease_until = self.here, "available", clock.now() + lease
        self.told(was)

    def leave(self) -> None:
        """Take no more; who waits in one's chats is given to others after five minutes."""
        was, self.state = self.here, "away"
        self.told(was)

    def carry(self, capacity: float) -> None:
        """How many chats at once (a letter or form counts 0.3). Raises ValueError for a negative number."""
        if capacity < 0:
            raise ValueError("A capacity cannot be negative.")
        raised, self.capacity = capacity > (self.capacity or 0), capacity
        if raised and self.here:
            tell(AvailabilityChanged(person_id=self.person_id, available=True))

    def told(self, was: bool) -> None:
        if self.here != was:
            tell(AvailabilityChanged(person_id=self.person_id, available=self.here))


class Skill(Model):
    """Something an agent can do that a conversation may ask for, such as a language or `billing`."""

    __tablename__ = "skills"
    __table_args__ = (UniqueConstraint("person_id", "slug"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    slug: Mapped[Slug] = mapped_column(index=True)

    @classmethod
    def of(cls, agent: Person) -> Select[str]:
        return select(cls.slug).where(cls.person_id == agent.id).order_by(cls.slug)

    @classmethod
    def teach(cls, agent: Person, slugs: set[str]) -> None:
        """The agent can do exactly these; what waits for a new one may come now."""
        known = set(db.session.scalars(cls.of(agent)))
        db.session.execute(delete(cls).where(cls.person_id == agent.id, cls.slug.in_(known - slugs)))
        for slug in sorted(slugs - known):
            add(cls(person_id=agent.id, slug=slug))
        if slugs - known and Availability.of(agent).here:
            tell(AvailabilityChanged(person_id=agent.id, available=True))


def weight(channel: Any) -> Any:
    return case(*((channel == name, value) for name, value in WEIGHTS.items()), else_=LIGHT)


def load(agent_id: Any) -> Any:
    """What an agent carries: what waits for them, and chats that were lively in the last half hour."""
    theirs = aliased(Conversation)
    busy = or_(theirs.state == "open", and_(theirs.state == "waiting", theirs.channel == "chat", theirs.last_at > clock.now() - LIVELY))
    carried = select(func.coalesce(func.sum(weight(theirs.channel)), 0.0))
    carried = carried.where(theirs.assignee_id == agent_id, theirs.state.in_(("open", "waiting")), theirs.owner == "agent", busy)
    return carried.scalar_subquery().correlate(Availability)


def fits(conversation: Conversation) -> list[ColumnElement[bool]]:
    """What an agent must be to take it: in its team, skilled, and not the one who asks."""
    who = Availability.person_id
    rules = [who.is_distinct_from(conversation.person_id)]
    if conversation.skill:
        rules.append(who.in_(select(Skill.person_id).where(Skill.slug == conversation.skill)))
    if conversation.team_id:
        rules.append(who.in_(select(Membership.person_id).where(Membership.team_id == conversation.team_id)))
    return rules


def somebody_is_here_for(conversation: Conversation) -> bool:
    """Whether anybody takes conversations now who could take this one, be it with or without room at this moment."""
    here = Availability.online().where(*fits(conversation))
    return db.session.scalar(here.with_only_columns(Availability.id).order_by(None).limit(1)) is not None


def candidates(conversation: Conversation, but: int | None) -> Any:
    """The one agent to ask: here, skilled, in the team, with room; the last one this person spoke with first, then the least laden."""
    pool = select(Availability.person_id, Availability.capacity, Availability.last_assigned_at, load(Availability.person_id).label("load"))
    pool = pool.join(Person).where(Availability.is_here(), Person.active, Availability.capacity > 0)
    free = pool.where(*fits(conversation), Availability.person_id.is_distinct_from(but)).subquery()
    own = WEIGHTS.get(conversation.channel, LIGHT)
    known = case((free.c.person_id == last_agent(conversation), 0), else_=1)
    fewest = (known, free.c.load / free.c.capacity, free.c.last_assigned_at.asc().nulls_first(), free.c.person_id)
    return select(free.c.person_id).where(free.c.load + own <= free.c.capacity + 1e-9).order_by(*fewest).limit(1).scalar_subquery()


def last_agent(conversation: Conversation) -> Any:
    past = aliased(Conversation)
    theirs = select(past.assignee_id).where(past.person_id == conversation.person_id, past.assignee_id.is_not(None))
    return theirs.where(past.last_at > clock.now() - STICKY).order_by(past.last_at.desc()).limit(1).scalar_subquery()


def place(conversation: Conversation, but: int | None = None) -> Person | None:
    """Give a queued conversation to the agent who should have it, in one statement; None when nobody can or somebody was first.

    `but` is the id of an agent who is not asked: the one who has just let go of it.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        # Two conversations placed at once would not see each other's weight. SQLite has one writer at a time.
        db.session.execute(text("SELECT pg_advisory_xact_lock(727203)"))
    was, best = conversation.owner, candidates(conversation, but)
    waiting = (Conversation.id == conversation.id, Conversation.owner == "queue", Conversation.assignee_id.is_(None))
    lively = Conversation.state.in_(("open", "waiting"))
    take = update(Conversation).where(*waiting, lively, best.is_not(None)).values(owner="agent", assignee_id=best)
    db.session.flush()
    options = take.returning(Conversation.assignee_id).execution_options(synchronize_session=False)
    agent_id = db.session.execute(options).scalar_one_or_none()
    return taken(conversation, was, agent_id) if agent_id else None


def taken(conversation: Conversation, was: str, agent_id: int) -> Person:
    agent = db.session.get_one(Person, agent_id)
    for name, value in {"owner": "agent", "assignee_id": agent_id, "assignee": agent}.items():
        set_committed_value(conversation, name, value)
    db.session.execute(update(Availability).where(Availability.person_id == agent_id).values(last_assigned_at=clock.now()))
    conversation.owner_changed(was, None, None)
    return agent


def queued(channels: tuple[str, ...] = ("chat",)) -> Select[Conversation]:
    """What waits for an agent, urgent first, then oldest first."""
    urgency = case((Conversation.priority == "urgent", 0), (Conversation.priority == "high", 1), else_=2)
    waits = select(Conversation).where(Conversation.owner == "queue", Conversation.state == "open", Conversation.channel.in_(channels))
    return waits.order_by(urgency, Conversation.waiting_since, Conversation.id)


def fill(channels: tuple[str, ...] = ("chat",), limit: int = 50) -> int:
    """Work the backlog off: place what waits, oldest first. Runs when an agent comes, closes something, or can carry more."""
    return sum(place(row) is not None for row in db.session.scalars(queued(channels).limit(limit)).all())


def queue_position(conversation: Conversation) -> int:
    """1 for the next one, 0 when it does not wait in the queue."""
    if conversation.owner != "queue" or conversation.state != "open":
        return 0
    earlier = queued((conversation.channel,)).where(Conversation.waiting_since < (conversation.waiting_since or clock.now()))
    return 1 + (db.session.scalar(select(func.count()).select_from(earlier.order_by(None).subquery())) or 0)


def requeue_away(away_after: timedelta = AWAY_AFTER) -> int:
    """Chats and calls of agents whose desk has been shut for a while, and those in which somebody has waited that long for an agent who
    said to be away or never opened a desk, go back into the queue, oldest first."""
    long_ago = clock.now() - away_after
    away = or_(Availability.state == "away", Availability.lease_until.is_(None))
    gone = or_(Availability.lease_until < long_ago, and_(away, Conversation.waiting_since < long_ago))
    theirs = select(Conversation).outerjoin(Availability, Availability.person_id == Conversation.assignee_id)
    theirs = theirs.where(Conversation.channel.in_(WEIGHTS), Conversation.state == "open", Conversation.owner == "agent", gone)
    rows = db.session.scalars(theirs.order_by(Conversation.waiting_since)).all()
    for row in rows:
        row.release()
    return len(rows)
