"""The list of the desk: counts of the views, and rows of columns instead of whole objects. Statements are made once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, false, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from app.accounts.models import Person
from app.conversations.models import Availability, Conversation, Participant, matching, said_in
from app.inbox import views
from app.inbox.keys import OwnKeys
from app.inbox.query import Asked, escaped
from app.inbox.views import LIVING, ME, VIEWS, View
from app.inbox.words import SIGNS, ago, ahead
from app.lib import clock
from app.lib.db import UTCDateTime, db

ON_A_PAGE = 50
MOST_COUNTED = 100
NEWEST = 20_000
PEOPLE = (Person.name, Person.email, Person.claimed_email)


class Line(NamedTuple):
    """One row as it is drawn: the columns of `drawing`, in their order."""

    id: int
    channel: str
    subject: str
    owner: str
    priority: str
    last_line: str
    last_voice: str
    last_at: datetime
    due_at: datetime | None
    woke: str | None
    person_id: int | None
    name: str | None
    email: str | None
    claimed_email: str | None
    assignee: str | None
    assignee_is_me: bool
    unread: bool

    @property
    def who(self) -> str:
        visitor = f"Visitor {self.person_id}" if self.person_id else "Nobody yet"
        return self.name or self.email or self.claimed_email or visitor

    @property
    def proven(self) -> bool:
        return self.email is not None

    @property
    def reference(self) -> str:
        return f"FD-{self.id + 1000}"

    @property
    def sign(self) -> str:
        return SIGNS.get(self.channel, "message-square")

    def times(self, now: datetime) -> tuple[str, str, str]:
        """How old the last line is, how near the next promise is (late, soon, far, or nothing), and both in words."""
        if self.due_at is None:
            return ago(self.last_at, now), "", ""
        left = (self.due_at - now).total_seconds()
        return ago(self.last_at, now), "late" if left < 0 else "soon" if left < 1800 else "far", ahead(self.due_at, now)


def lines(view: View, me: Person, asked: Asked | None = None, page: int = 1) -> tuple[list[Line], bool]:
    """One page of a view: its rows, what is due next first and then the latest; and whether there are more."""
    statement = drawing(asked.states or view.states, [view.whose, *asked.conditions], page) if asked else usual(view, page)
    found = looked_up(statement, views.of(me))
    return [Line._make(row) for row in found[:ON_A_PAGE]], len(found) > ON_A_PAGE


@cache
def usual(view: View, page: int) -> Any:
    return drawing(view.states, [view.whose], page)


def branches(states: Sequence[str], conditions: list[ColumnElement[bool]], needed: int) -> Any:
    """One small read per state along an index, put together, instead of one that sorts a hundred thousand rows."""
    due = [dated(state, conditions) for state in states if state in LIVING]
    latest = [undated(state, conditions) for state in states]
    return union_all(*(select(part.limit(needed).subquery()) for part in (*due, *latest)))


def dated(state: str, conditions: list[ColumnElement[bool]]) -> Any:
    due = columns().where(Conversation.state == state, Conversation.next_due_at.is_not(None), *conditions)
    return due.order_by(Conversation.next_due_at, Conversation.last_at.desc())


def undated(state: str, conditions: list[ColumnElement[bool]]) -> Any:
    latest = columns().where(Conversation.state == state, *conditions)
    if state in LIVING:
        latest = latest.where(Conversation.next_due_at.is_(None))
    return latest.order_by(Conversation.last_at.desc())


def columns() -> Any:
    return select(Conversation.id, Conversation.next_due_at, Conversation.last_at)


def looked_up(statement: Any, given: dict[str, Any]) -> Sequence[Row[Any]]:
    """Read plain columns past the ORM, which has nothing to add to them and costs a third of the page."""
    db.session.flush()  # what this request has just marked as read counts
    return db.session.connection().execute(statement, given).all()


def drawing(states: Sequence[str], conditions: list[ColumnElement[bool]], page: int) -> Any:
    """The columns of one page's rows (and of one row more, if there is one), by one statement."""
    agent, own, c = aliased(Person), aliased(Participant), Conversation
    found = branches(states, conditions, page * ON_A_PAGE + 1).subquery()
    chosen = select(found).order_by(*next_first(found.c)).offset((page - 1) * ON_A_PAGE).limit(ON_A_PAGE + 1).subquery()
    itself = [c.id, c.channel, c.subject, c.owner, c.priority]
    said = [c.last_line, c.last_voice, c.last_at, c.next_due_at, c.woke]
    theirs = [c.person_id, *PEOPLE, agent.name, func.coalesce(c.assignee_id == ME, false())]
    # The last words may be the bot's or the house's own: who asked for a person, and waits for one, has had no answer yet.
    asks = or_(c.last_voice == "customer", and_(c.owner != "bot", c.waiting_since.is_not(None)))
    unread = and_(func.coalesce(own.last_read_seq, 0) < c.last_seq, asks, c.state != "closed")
    wanted = select(*itself, *said, *theirs, unread).join_from(chosen, c, c.id == chosen.c.id)
    wanted = wanted.outerjoin(Person, Person.id == c.person_id).outerjoin(agent, agent.id == c.assignee_id)
    wanted = wanted.outerjoin(own, and_(own.conversation_id == c.id, own.person_id == ME))
    return wanted.order_by(*next_first(chosen.c))


def next_first(found: Any) -> tuple[Any, ...]:
    return found.next_due_at.is_(None), found.next_due_at, found.last_at.desc(), found.id.desc()


class Glance(NamedTuple):
    """What every page of the desk's shows beside the rows."""

    counts: dict[str, int]
    available: bool
    keys_on: bool
    key_places: dict[str, str]


def glance(me: Person) -> Glance:
    """How many each view shows, counted up to 100 (beyond that the number helps nobody and costs every page); whether this agent takes
    conversations now; and their own keys."""
    (row,) = looked_up(counting(), {**views.of(me), "now": clock.now()})
    *counts, available, on, places = tuple(row)
    counted_now = {view.slug: count for view, count in zip(counted(), counts, strict=True)}
    return Glance(counted_now, bool(available), on is not False, places or {})


def counted() -> list[View]:
    return [view for view in VIEWS if view.slug != "closed"]


@cache
def counting() -> Any:
    here = exists().where(Availability.person_id == ME, Availability.is_here(bindparam("now", type_=UTCDateTime)))
    keys = [select(kept).where(OwnKeys.person_id == ME).scalar_subquery() for kept in (OwnKeys.on, OwnKeys.places)]
    return select(*(few(view).label(view.slug) for view in counted()), here, *keys)


def few(view: View) -> Any:
    some = select(literal(1).label("one")).select_from(Conversation).where(view.whose)
    # Every state is no condition: as one it would lead the database to begin at the wrong end.
    some = some if view.states == views.EVERY else some.where(Conversation.state.in_(list(map(literal, view.states))))
    return select(func.count()).select_from(some.limit(MOST_COUNTED).subquery()).scalar_subquery()


def holds_all(words: Sequence[str]) -> list[ColumnElement[bool]]:
    """Conversations that hold every word.

    A rare word is found wherever it was said, and a common one beside it in all that the rare ones have found. Where every word is common
    the newest places are enough: the list shows the latest first, and half a million places would be weighed against each other.
    """
    rare = [word for word in words if len(words) > 1 and not is_common(word)]
    if not rare:
        return [holds(word, most=NEWEST) for word in words]
    found = [holds(word) for word in rare]
    return found + [holds(word, among=select(Conversation.id).where(*found)) for word in words if word not in rare]


def is_common(word: str) -> bool:
    some = matching(word).limit(NEWEST).subquery()
    return (db.session.scalar(select(func.count()).select_from(some)) or 0) >= NEWEST


def holds(word: str, most: int | None = None, among: Any = None) -> ColumnElement[bool]:
    """Conversations that hold the word: in subject, number, the person's names, or anything said or noted.

    `most` counts only its newest places, `among` only those in these conversations.
    """
    like = f"%{escaped(word.lower())}%"
    people = select(Person.id).where(or_(*(func.lower(column).like(like, escape="\\") for column in PEOPLE)))
    # Read once for all states: each of them looks it up.
    said = select(said_in(word, most, among).subquery()).distinct().cte().prefix_with("MATERIALIZED")
    numbered = Conversation.id == Conversation.number_of(word)
    subject = func.lower(Conversation.subject).like(like, escape="\\")
    return or_(subject, Conversation.person_id.in_(people), Conversation.id.in_(select(said.c.conversation_id)), numbered)
