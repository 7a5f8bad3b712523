"""What chat hears: the bot's turn, the queue's turn, and people who left before the answer came."""

from __future__ import annotations

from datetime import timedelta

import structlog
from flask import current_app
from sqlalchemy import Select, or_, select

from app.accounts.models import Link, Person
from app.chat import first_responder
from app.chat.models import CallBack
from app.chat.opening import to_people
from app.checkout.models import Order, stop_when
from app.conversations.events import (
    AvailabilityChanged,
    ConversationClosed,
    ConversationReopened,
    ConversationWoke,
    EntriesMoved,
    MessageSaid,
    OwnerChanged,
    QueueChanged,
)
from app.conversations.models import (
    Availability,
    Conversation,
    Entry,
    Move,
    MovedEntry,
    Participant,
    fill,
    place,
    public_stream,
    requeue_away,
)
from app.lib import clock, live
from app.lib.db import db, roll_back
from app.lib.facts import on
from app.lib.mail import post, write
from app.lib.outbox import Held, errand, later
from app.lib.page import absolute

log = structlog.get_logger("frontdesk.chat")
CHANNELS = ("chat", "phone")
LOOK_AGAIN = timedelta(minutes=2)
PATIENCE = timedelta(minutes=30)


@stop_when("talking with us")
def is_talking(order: Order) -> bool:
    """Somebody who left a checkout and has an open conversation with us, by the address they proved or typed."""
    theirs = or_(Person.email == order.email.lower(), Person.claimed_email == order.email.lower())
    going = (
        select(Conversation.id).join(Person, Person.id == Conversation.person_id).where(theirs, Conversation.state.in_(("open", "waiting")))
    )
    return order.email != "" and db.session.scalar(going.limit(1)) is not None


def is_for_the_bot(fact: MessageSaid) -> bool:
    conversation = chat_of(fact.conversation_id)
    return fact.voice == "customer" and fact.channel == "chat" and conversation is not None and conversation.owner == "bot"


@on(MessageSaid, when=is_for_the_bot)
def first_answer(fact: MessageSaid) -> None:
    """A visitor spoke to the bot: it answers, or the conversation goes to people at once."""
    if not is_for_the_bot(fact):
        return
    conversation = db.session.get_one(Conversation, fact.conversation_id)
    bot = first_responder.current()
    try:
        if bot is None:
            raise LookupError("The bot is away.")
        bot.respond(conversation.id, fact.entry_id)
    except Exception as error:
        log.warning("first responder failed", error=type(error).__name__)
        roll_back()
        conversation = db.session.get_one(Conversation, fact.conversation_id)
        if conversation.owner == "bot":
            to_people(conversation)


def chat_of(conversation_id: int) -> Conversation | None:
    found = db.session.get(Conversation, conversation_id)
    return found if found is not None and found.channel in CHANNELS else None


@on(OwnerChanged)
def into_the_queue(fact: OwnerChanged) -> None:
    """A chat that somebody (or the bot) let go of finds its next agent."""
    if fact.owner == "queue":
        out_of_the_queue(fact.conversation_id, but=fact.was_assignee_id)


@on(QueueChanged)
def into_another_queue(fact: QueueChanged) -> None:
    """A chat that waits was handed to another team: somebody there may have room."""
    out_of_the_queue(fact.conversation_id)


def out_of_the_queue(conversation_id: int, but: int | None = None) -> None:
    conversation = chat_of(conversation_id)
    if conversation is not None and conversation.owner == "queue" and conversation.state == "open":
        to_people(conversation, but=but)


@on(EntriesMoved, when=lambda fact: fact.kind == "split" and not fact.undone)
def split_off(fact: EntriesMoved) -> None:
    """What was split off waits as any chat does."""
    out_of_the_queue(fact.to_id)


@on(ConversationReopened)
def back_again(fact: ConversationReopened) -> None:
    """A closed chat goes on: with the agent who had it, if that agent is here, else with the next one."""
    conversation = chat_of(fact.conversation_id)
    if conversation is None or fact.undone or conversation.state != "open":
        return
    to_whoever_is_here(conversation)


def to_whoever_is_here(conversation: Conversation) -> None:
    """It stays with its agent if that agent is here; else it goes to the next one."""
    agent = conversation.assignee
    if conversation.owner == "agent" and agent is not None and not Availability.of(agent).here:
        conversation.release()
    elif conversation.owner == "queue":
        place(conversation)


@errand("chat.call_due")
def call_due(call_id: int) -> None:
    """Five minutes before a call that somebody asked for: whatever was said since, it is on somebody's desk."""
    call = db.session.get(CallBack, call_id)
    conversation = call.conversation.living() if call is not None and call.lane is not None else None
    if conversation is not None and conversation.come_due():
        to_whoever_is_here(conversation)


@on(ConversationWoke)
def awake_again(fact: ConversationWoke) -> None:
    """A call is due, or a chat that was put aside is back: it needs somebody when it has nobody."""
    conversation = chat_of(fact.conversation_id)
    if conversation is not None and conversation.owner == "queue":
        place(conversation)


@on(AvailabilityChanged)
def somebody_came(fact: AvailabilityChanged) -> None:
    if fact.available:
        fill(CHANNELS)


@on(ConversationClosed)
def room_again(_fact: ConversationClosed) -> None:
    fill(CHANNELS)


@on(ConversationClosed)
def call_off(fact: ConversationClosed) -> None:
    """Who closes what a call was promised in has no need of it."""
    keep_or_free(fact.conversation_id)


@on(ConversationReopened)
def promise_again(fact: ConversationReopened) -> None:
    """It goes on, and so does the promise of a call, if its time is not another's by now."""
    keep_or_free(fact.conversation_id)


def keep_or_free(conversation_id: int) -> None:
    conversation = db.session.get_one(Conversation, conversation_id)
    for call in CallBack.ahead(conversation):
        if conversation.is_closed:
            call.call_off()
        elif call.lane is None and not call.promise_again():
            conversation.happen("call_off", public=True, starts_at=call.starts_at.isoformat())


@errand("chat.requeue")
def requeue() -> None:
    """Every minute: chats of desks that were shut go back into the queue."""
    requeue_away()


@on(MessageSaid, when=lambda fact: fact.voice == "agent" and fact.channel in CHANNELS)
def plan_letter(fact: MessageSaid) -> None:
    """Somebody here replied: should the visitor not see it, it goes by letter."""
    if fact.channel in CHANNELS and fact.voice == "agent":
        minutes = timedelta(minutes=current_app.config["SETTINGS"].chat_letter_minutes)
        later("chat.missed", due_at=clock.now() + minutes, key=f"missed:{fact.conversation_id}", conversation_id=fact.conversation_id)


@errand("chat.missed")
def write_what_was_missed(conversation_id: int) -> None:
    """Letters to those customers who have not read our last replies and are not looking at the chat now, wherever it goes on."""
    conversation = chat_of(conversation_id)
    if conversation is None:
        return
    there, whose = conversation.living(), {Link.human(reader.person) for reader in customers(conversation)}
    for reader in customers(there):
        if Link.human(reader.person) in whose:
            write_to(there, reader)


def customers(conversation: Conversation) -> list[Participant]:
    return [reader for reader in db.session.scalars(conversation.participants()) if reader.role == "customer"]


def write_to(conversation: Conversation, reader: Participant) -> None:
    email = reader.person.reachable_email
    missed = db.session.scalars(unread(conversation, reader)).all()
    if not email or not missed:
        return
    if is_looking(conversation, reader) and clock.now() - missed[0].created_at < PATIENCE:
        raise Held(clock.now() + LOOK_AGAIN)
    link = absolute("chat.show_link", token=conversation.link_token(reader.person))
    letter = write("chat/missed", to=email, conversation=conversation, entries=missed, person=reader.person, link=link)
    letter.about = f"conversation:{conversation.id}"
    post(letter)
    reader.mailed_seq = missed[-1].seq
    conversation.happen("mailed", to=reader.person.id, seq=reader.mailed_seq)


def unread(conversation: Conversation, reader: Participant) -> Select[Entry]:
    """Our replies that a customer has read nowhere. In a thread of letters only what came from a chat: the rest has gone by mail."""
    ours = select(Entry).where(Entry.conversation_id == conversation.id, Entry.public, Entry.deleted_at.is_(None))
    ours = ours.where(Entry.voice.in_(("agent", "bot")), Entry.kind.in_(("message", "file")))
    came = select(MovedEntry.id).join(Move, Move.id == MovedEntry.move_id).where(MovedEntry.entry_id == Entry.id, Move.undone_at.is_(None))
    if conversation.channel not in CHANNELS:
        chats = came.join(Conversation, Conversation.id == Move.from_id).where(Conversation.channel.in_(CHANNELS))
        ours = ours.where(chats.exists())
    known = came.join(Participant, Participant.conversation_id == Move.from_id)
    known = known.where(Participant.person_id.in_(Link.human(reader.person).aliases()))
    known = known.where(or_(Participant.last_read_seq >= MovedEntry.old_seq, Participant.mailed_seq >= MovedEntry.old_seq))
    return ours.where(~known.exists(), Entry.seq > max(reader.last_read_seq, reader.mailed_seq)).order_by(Entry.seq)


def is_looking(conversation: Conversation, reader: Participant) -> bool:
    return f"person:{reader.person_id}" in live.presence.who(public_stream(conversation.id))
