"""Danger is heard in every conversation, also while people have it: the team is called at once, the visitor gets the numbers."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from app.accounts.models import Person
from app.bot.house import house
from app.bot.wordings import weigh
from app.conversations.events import MessageSaid
from app.conversations.models import Availability, Conversation, Entry
from app.lib import clock
from app.lib.db import db
from app.lib.facts import on
from app.notifications.channels import Topic, declare
from app.notifications.models import Notice

QUIET = timedelta(hours=6)
TAG = "danger"

declare(
    Topic(
        "desk.danger",
        "Words of danger",
        "Somebody writes as if they or others were in danger.",
        who="agent",
        channels=("bell", "mail", "push"),
        default=("bell", "mail", "push"),
        always=("bell",),
        urgent=True,
    )
)


def is_danger(words: str) -> bool:
    return weigh(words) == "crisis"


def is_customers(fact: MessageSaid) -> bool:
    return fact.voice == "customer"


@on(MessageSaid, when=is_customers)
def hear(fact: MessageSaid) -> None:
    """Words to the queue, to a person, by letter or form. What the bot owns it answers itself, and raises the same alarm.

    They are weighed here and not while the message is taken: likeness costs more than all the rest of a message, and may have to be
    learned first.
    """
    said = select(Entry.body, Conversation.owner).join(Conversation, Conversation.id == Entry.conversation_id)
    words, owner = db.session.execute(said.where(Entry.id == fact.entry_id)).one_or_none() or ("", "bot")
    if owner == "bot" or not is_danger(words):
        return
    conversation = db.session.get_one(Conversation, fact.conversation_id)
    if was_raised(conversation):
        return
    alarm(conversation)
    conversation.prioritise("urgent")
    if fact.channel == "chat" and current_app.config["SETTINGS"].bot:
        conversation.announce(house().crisis, data={"danger": True})


def was_raised(conversation: Conversation) -> bool:
    """Lately: the numbers are said once, not after every line of somebody in distress."""
    raised = select(Entry.id).where(Entry.conversation_id == conversation.id, Entry.what == TAG, Entry.created_at > clock.now() - QUIET)
    return db.session.scalar(raised.limit(1)) is not None


def alarm(conversation: Conversation) -> None:
    """Written down, tagged, and told to whoever has it and to everybody who is on duty."""
    conversation.happen(TAG, None)
    conversation.tag(TAG)
    title, place = f"Words of danger in {conversation.reference}", f"/desk/conversations/{conversation.id}"
    for person in on_duty(conversation):
        Notice.tell(person, "desk.danger", title, "Please look at once.", place)


def on_duty(conversation: Conversation) -> list[Person]:
    """Whoever has it and the agents who take conversations now; when that is nobody, every agent."""
    agents = [row.person for row in db.session.scalars(Availability.online())]
    mine = [conversation.assignee] if conversation.assignee is not None else []
    found = {person.id: person for person in [*mine, *agents]}
    return list(found.values()) or list(db.session.scalars(Person.agents()))
