"""The list of the desk: saved views, their counts, and rows of columns instead of whole objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Person, Team
from app.conversations.models import Conversation, Entry, Participant, matching
from app.inbox.models import Mention
from app.inbox.query import Asked, escaped
from app.inbox.words import SIGNS, ago, ahead
from app.lib import clock
from app.lib.db import db

ON_A_PAGE = 50
MOST_COUNTED = 100
LIVING = ("open", "waiting")
Condition = Callable[[Person], ColumnElement[bool]]


@dataclass(frozen=True)
class View:
    """A saved view: its name in the address, its words, the states it shows and whose conversations."""

    slug: str
    title: str
    icon: str
    states: tuple[str, ...]
    whose: Condition
    nothing: str


def mine(me: Person) -> ColumnElement[bool]:
    return Conversation.assignee_id == me.id


def unassigned(me: Person) -> ColumnElement[bool]:
    return and_(Conversation.assignee_id.is_(None), Conversation.owner == "queue")


def of_my_teams(me: Person) -> ColumnElement[bool]:
    return Conversation.team_id.in_([team.id for team in me.teams])


def everybodys(me: Person) -> ColumnElement[bool]:
    return Conversation.merged_into_id.is_(None)


def with_the_bot(me: Person) -> ColumnElement[bool]:
    return Conversation.owner == "bot"


def where_i_am_mentioned(me: Person) -> ColumnElement[bool]:
    return Conversation.id.in_(select(Mention.conversation_id).where(Mention.person_id == me.id, Mention.read_at.is_(None)))


VIEWS = (
    View("mine", "Mine", "inbox", LIVING, mine, "Nothing waits for you. Take one from Unassigned, or breathe."),
    View("unassigned", "Unassigned", "users", LIVING, unassigned, "Nobody is waiting. Everything has an owner."),
    View("team", "My teams", "users", LIVING, of_my_teams, "Your teams have nothing open."),
    View("bot", "With the bot", "bot", LIVING, with_the_bot, "The bot is talking to nobody right now."),
    View("mentions", "Mentions", "at-sign", (*LIVING, "snoozed", "closed"), where_i_am_mentioned, "Nobody has mentioned you."),
    View("all", "All open", "layers", LIVING, everybodys, "There is no open conversation at all."),
    View("snoozed", "Snoozed", "clock", ("snoozed",), everybodys, "Nothing is put aside."),
    View("closed", "Closed", "check", ("closed",), everybodys, "Nothing has been closed yet."),
)
BY_SLUG = {view.slug: view for view in VIEWS}
EVERYTHING = View("search", "Search", "search", (*LIVING, "snoozed", "closed"), everybodys, "Nothing fits these words.")


@dataclass(frozen=True)
class Line:
    """One row as it is drawn."""

    id: int
    channel: str
    subject: str
    state: str
    owner: str
    priority: str
    last_line: str
    last_voice: str
    last_at: datetime
    waiting_since: datetime | None
    due_at: datetime | None
    woke: str | None
    who: str
    proven: bool
    assignee: str | None
    assignee_is_me: bool
    team: str | None
    unread: bool

    @property
    def reference(self) -> str:
        return f"FD-{self.id + 1000}"

    @property
    def age(self) -> str:
        return ago(self.last_at)

    @property
    def sign(self) -> str:
        return SIGNS.get(self.channel, "message-square")

    @property
    def due_words(self) -> str:
        return ahead(self.due_at) if self.due_at else ""

    @property
    def due(self) -> str:
        """How near the next promise is: late, soon, far, or nothing."""
        if self.due_at is None:
            return ""
        left = (self.due_at - clock.now()).total_seconds()
        return "late" if left < 0 else "soon" if left < 1800 else "far"


def lines(view: View, me: Person, asked: Asked | None = None, page: int = 1) -> tuple[list[Line], bool]:
    """One page of a view: its rows, what is due next first and then the latest; and whether there are more."""
    conditions = [view.whose(me), *(asked.conditions if asked else ())]
    states = (asked.states if asked else ()) or view.states
    first, needed = (page - 1) * ON_A_PAGE, page * ON_A_PAGE + 1
    ids = sorted_ids(states, conditions, needed)[first:needed]
    return rows(ids[:ON_A_PAGE], me), len(ids) > ON_A_PAGE


def sorted_ids(states: Sequence[str], conditions: list[ColumnElement[bool]], needed: int) -> list[int]:
    # One small read per state along an index, instead of one that sorts a hundred thousand rows.
    found = [row for state in states for row in (*dated(state, conditions, needed), *undated(state, conditions, needed))]
    return [row.id for row in sorted(found, key=next_first)]


def next_first(row: Any) -> tuple[bool, float, float, int]:
    due = row.next_due_at
    return due is None, due.timestamp() if due else 0.0, -row.last_at.timestamp(), -row.id


def dated(state: str, conditions: list[ColumnElement[bool]], needed: int) -> Sequence[Any]:
    if state in {"closed", "snoozed"}:
        return ()
    due = columns().where(Conversation.state == state, Conversation.next_due_at.is_not(None), *conditions)
    return db.session.execute(due.order_by(Conversation.next_due_at, Conversation.last_at.desc()).limit(needed)).all()


def undated(state: str, conditions: list[ColumnElement[bool]], needed: int) -> Sequence[Any]:
    latest = columns().where(Conversation.state == state, *conditions)
    if state not in {"closed", "snoozed"}:
        latest = latest.where(Conversation.next_due_at.is_(None))
    return db.session.execute(latest.order_by(Conversation.last_at.desc()).limit(needed)).all()


def columns() -> Any:
    return select(Conversation.id, Conversation.next_due_at, Conversation.last_at)


def rows(ids: Sequence[int], me: Person) -> list[Line]:
    """The drawn rows of these conversations, in this order, by one query of columns."""
    agent, own, c = aliased(Person), aliased(Participant), Conversation
    ours = [
        c.id,
        c.channel,
        c.subject,
        c.state,
        c.owner,
        c.priority,
        c.last_line,
        c.last_voice,
        c.last_at,
        c.last_seq,
        c.waiting_since,
        c.woke,
    ]
    theirs = [c.assignee_id, c.person_id, c.next_due_at.label("due_at"), *PEOPLE, agent.name.label("agent"), Team.name.label("team")]
    wanted = select(*ours, *theirs, func.coalesce(own.last_read_seq, 0).label("read")).select_from(c)
    wanted = wanted.outerjoin(Person, Person.id == c.person_id).outerjoin(agent, agent.id == c.assignee_id)
    wanted = wanted.outerjoin(Team, Team.id == c.team_id).outerjoin(own, and_(own.conversation_id == c.id, own.person_id == me.id))
    found = db.session.execute(wanted.where(c.id.in_(ids)))
    drawn = {row.id: line_of(row, me) for row in found}
    return [drawn[number] for number in ids if number in drawn]


def line_of(row: Any, me: Person) -> Line:
    who = row.name or row.email or row.claimed_email or (f"Visitor {row.person_id}" if row.person_id else "Nobody yet")
    kept = {name: getattr(row, name) for name in SAME}
    unread = row.read < row.last_seq and row.last_voice == "customer" and row.state != "closed"
    return Line(
        who=who,
        proven=row.email is not None,
        assignee=row.agent,
        assignee_is_me=row.assignee_id == me.id,
        unread=unread,
        **kept,
    )


SAME = (
    "id",
    "channel",
    "subject",
    "state",
    "owner",
    "priority",
    "last_line",
    "last_voice",
    "last_at",
    "waiting_since",
    "due_at",
    "woke",
    "team",
)


def counts(me: Person) -> dict[str, int]:
    """How many each view shows, counted up to 100: beyond that the number helps nobody and costs every page."""
    shown = [view for view in VIEWS if view.slug != "closed"]
    parts = [few(view, me).label(view.slug.replace("-", "_")) for view in shown]
    row = db.session.execute(select(*parts)).one()
    return {view.slug: count for view, count in zip(shown, row, strict=True)}


def few(view: View, me: Person) -> Any:
    some = select(literal(1).label("one")).select_from(Conversation).where(Conversation.state.in_(view.states), view.whose(me))
    return select(func.count()).select_from(some.limit(MOST_COUNTED).subquery()).scalar_subquery()


PEOPLE = (Person.name, Person.email, Person.claimed_email)


def holds(word: str) -> ColumnElement[bool]:
    """Conversations that hold the word: in subject, number, the person's names, or anything said or noted."""
    like = f"%{escaped(word.lower())}%"
    people = select(Person.id).where(or_(*(func.lower(column).like(like, escape="\\") for column in PEOPLE)))
    said = select(Entry.conversation_id).where(Entry.id.in_(matching(word)))
    number = [Conversation.id == int(word.lower().removeprefix("fd-")) - 1000] if word.lower().removeprefix("fd-").isdigit() else []
    subject = func.lower(Conversation.subject).like(like, escape="\\")
    return or_(subject, Conversation.person_id.in_(people), Conversation.id.in_(said), *number)
