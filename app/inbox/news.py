"""What people at the desk hear at their bell: given to them, mentioned, answered, watched, nearly late."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, select

from app.accounts.models import Person, Team
from app.conversations.events import ConversationClosed, ConversationReopened, MessageSaid, OwnerChanged
from app.conversations.models import Conversation, Entry, Participant
from app.inbox.live import thread_stream
from app.lib import live
from app.lib.db import db
from app.lib.facts import on
from app.lib.markdown import one_line
from app.notifications.channels import Topic, declare
from app.notifications.models import Notice, PushSubscription
from app.tickets.events import PromiseBroken, PromiseNear, TicketEscalated, TicketRated
from app.tickets.models import Rating, Ticket

LATER = timedelta(minutes=15)
NEAR = 90
TARGETS = {"first": "The first reply", "next": "A reply", "resolution": "The solution"}

WAYS = ("bell", "mail", "push")

# Conditions on what a fact tells of.
THIS: BindParameter[int] = bindparam("conversation_id")
WATCHED = exists().where(Participant.conversation_id == THIS, Participant.watches)
PUSHED = exists().where(Conversation.id == THIS, Conversation.owner == "agent", PushSubscription.person_id == Conversation.assignee_id)


def news(name: str, title: str, words: str, default: tuple[str, ...] = WAYS, channels: tuple[str, ...] = WAYS) -> Topic:
    return Topic(name, title, words, who="agent", channels=channels, default=default, mail_after=LATER)


declare(
    news("desk.assigned", "Given to you", "Somebody, or a rule, gave you a conversation."),
    news("desk.chat", "Chats of yours", "Somebody writes in the chat while you look elsewhere.", ("push",), ("push",)),
    news("desk.mentioned", "Mentions", "Somebody wrote @you in a note."),
    news("desk.replied", "Answers to yours", "A customer answered outside the chat."),
    news("desk.rated", "Poor ratings", "A customer was not content with how one of yours ended.", ("bell", "mail")),
    news("desk.watched", "What you watch", "Words, closing and reopening in a conversation you watch.", ("bell",)),
    news("desk.promise", "Promises", "One of yours or your team’s is nearly late, late, or went up."),
)


def place_of(conversation: Conversation) -> str:
    return f"/desk/conversations/{conversation.id}"


def line_of(words: str) -> str:
    return one_line(words, 140)


def name_of(conversation: Conversation) -> str:
    return f"{conversation.reference} {conversation.title}".strip()


def heard(person: Person, conversation: Conversation) -> None:
    """They have the conversation before their eyes: nothing about it is news to them any more."""
    Notice.read_all(person, url=place_of(conversation))


def rings(fact: MessageSaid) -> bool | ColumnElement[bool]:
    """A customer's words outside the chat, and anybody's in what is watched."""
    return (fact.voice == "customer" and fact.channel != "chat") or WATCHED


@on(OwnerChanged, when=lambda fact: fact.assignee_id is not None and fact.assignee_id != fact.by_id)
def given(fact: OwnerChanged) -> None:
    """To whoever has it now, unless they took it themselves or have given it away since."""
    conversation, person = db.session.get(Conversation, fact.conversation_id), db.session.get(Person, fact.assignee_id or 0)
    if conversation is None or person is None or fact.by_id == person.id or conversation.assignee_id != person.id:
        return
    # A chat that is given out by turn is in front of its agent already.
    if conversation.channel != "chat" or fact.by_id is not None:
        by = db.session.get(Person, fact.by_id) if fact.by_id else None
        title = f"{by.display_name} gave you a conversation" if by else "A conversation was given to you"
        tell(person, "desk.assigned", title, conversation)


def tell(person: Person, topic: str, title: str, conversation: Conversation, words: str = "") -> None:
    key = f"{topic}:{conversation.id}"
    Notice.tell(person, topic, title, words or name_of(conversation), place_of(conversation), key=key)


@on(MessageSaid, when=rings)
def said(fact: MessageSaid) -> None:
    conversation, entry = db.session.get(Conversation, fact.conversation_id), db.session.get(Entry, fact.entry_id)
    if conversation is None or entry is None or fact.voice not in {"customer", "agent"}:
        return
    mine = conversation.assignee if fact.voice == "customer" and fact.channel != "chat" else None
    # Whoever got it after these words was told so, and reads them there.
    if mine is not None and not conversation.changed_hands_since(fact.seq):
        tell(mine, "desk.replied", f"An answer in {conversation.reference}", conversation, line_of(entry.body))
    for person in db.session.scalars(conversation.watchers()):
        if person.id not in {fact.author_id, conversation.assignee_id}:
            tell(person, "desk.watched", f"New words in {conversation.reference}", conversation, line_of(entry.body))


def is_pushed(fact: MessageSaid) -> bool | ColumnElement[bool]:
    """Whether it is a visitor's and their agent has a browser to push to: most messages need no errand."""
    return fact.voice == "customer" and fact.channel == "chat" and PUSHED


@on(MessageSaid, when=is_pushed)
def waits(fact: MessageSaid) -> None:
    """A visitor sits there and waits: their agent hears of it, also with the desk shut, unless they look at the thread anyhow."""
    conversation, entry = db.session.get(Conversation, fact.conversation_id), db.session.get(Entry, fact.entry_id)
    agent = agent_of(conversation)
    if conversation is not None and entry is not None and agent is not None and not is_looking(agent, conversation):
        who = conversation.person.display_name if conversation.person else conversation.reference
        tell(agent, "desk.chat", f"{who} writes in the chat", conversation, line_of(entry.body))


def agent_of(conversation: Conversation | None) -> Person | None:
    """Who talks with the customer in it; None while nobody does."""
    return conversation.assignee if conversation is not None and conversation.with_person else None


def is_looking(agent: Person, conversation: Conversation) -> bool:
    return live.presence.who(thread_stream(conversation.id)).get(f"person:{agent.id}") in {"viewing", "replying"}


@on(ConversationClosed, when=lambda _fact: WATCHED)
def closed(fact: ConversationClosed) -> None:
    if not fact.undone:
        to_watchers(fact.conversation_id, fact.by_id, "was closed")


@on(ConversationReopened, when=lambda _fact: WATCHED)
def reopened(fact: ConversationReopened) -> None:
    if not fact.undone:
        to_watchers(fact.conversation_id, fact.by_id, "is open again")


def to_watchers(conversation_id: int, by_id: int | None, what: str) -> None:
    conversation = db.session.get(Conversation, conversation_id)
    for person in db.session.scalars(conversation.watchers()) if conversation else ():
        if person.id != by_id and conversation is not None:
            tell(person, "desk.watched", f"{conversation.reference} {what}", conversation)


@on(PromiseNear)
def near(fact: PromiseNear) -> None:
    """Only the last warning rings: the earlier ones are for rules and colours."""
    if fact.share >= NEAR:
        to_responsible(fact.ticket_id, f"{TARGETS[fact.target]} is nearly due")


@on(PromiseBroken)
def broken(fact: PromiseBroken) -> None:
    to_responsible(fact.ticket_id, f"{TARGETS[fact.target]} is late")


@on(TicketEscalated)
def escalated(fact: TicketEscalated) -> None:
    to_responsible(fact.ticket_id, f"It went up to level {fact.level}", but=fact.by_id)


def to_responsible(ticket_id: int, what: str, but: int | None = None) -> None:
    """Whoever has it; while nobody has, everybody of its team; and those who watch it."""
    ticket = db.session.get(Ticket, ticket_id)
    conversation = ticket.conversation if ticket else None
    if conversation is None or conversation.is_closed:
        return
    people = {person.id: person for person in db.session.scalars(conversation.watchers())}
    team = db.session.scalar(select(Team).where(Team.id == conversation.team_id)) if conversation.assignee is None else None
    people |= {person.id: person for person in (team.people if team else []) if person.active}
    people |= {conversation.assignee.id: conversation.assignee} if conversation.assignee else {}
    for number, person in people.items():
        if number != but:
            tell(person, "desk.promise", f"{what}: {conversation.reference}", conversation)


@on(TicketRated)
def rated_poorly(fact: TicketRated) -> None:
    """Whoever had it when it was closed should talk with them; when nobody had it, the team."""
    rating, ticket = db.session.get(Rating, fact.rating_id), db.session.get(Ticket, fact.ticket_id)
    if rating is None or ticket is None or not rating.is_poor:
        return
    conversation, agent = ticket.conversation, db.session.get(Person, rating.agent_id or 0)
    team = db.session.get(Team, conversation.team_id) if agent is None and conversation.team_id else None
    for person in [agent] if agent else [one for one in (team.people if team else []) if one.active]:
        title = f"Rated {rating.stars} of 5, talk to them: {conversation.reference}"
        tell(person, "desk.rated", title, conversation, line_of(rating.words))
