"""What customers hear of their requests at their bell, on their phone, or not at all, as they chose."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.events import ConversationClosed, MessageSaid
from app.conversations.models import Conversation, Entry, Participant
from app.lib.db import db
from app.lib.facts import on
from app.notifications.channels import Topic, declare
from app.notifications.models import Notice
from app.tickets.models import Ticket

TOPIC = "requests.reply"

declare(
    Topic(TOPIC, "Replies to your requests", "Somebody answered, or closed it.", channels=("bell", "sms"), default=("bell",)),
    Topic("requests.letters", "Replies by e-mail", "The answer itself as a letter.", channels=("mail",), default=("mail",)),
)


def customers(conversation: Conversation) -> list[Person]:
    """Those on the customer's side who have an account; others are written to."""
    part = (Participant.person_id == Person.id) & (Participant.conversation_id == conversation.id)
    theirs = select(Person).join(Participant, part).where(Participant.role == "customer", Participant.left_at.is_(None))
    return [person for person in db.session.scalars(theirs.where(Person.active)) if person.is_proven]


def tell(conversation: Conversation, title: str, words: str = "") -> None:
    if Ticket.of(conversation) is None:
        return
    for person in customers(conversation):
        url = f"/account/requests/{conversation.reference}"
        Notice.tell(person, TOPIC, title, words or conversation.title, url, key=f"{TOPIC}:{conversation.id}")


@on(MessageSaid, when=lambda fact: fact.voice == "agent" and Ticket.exists_for())
def answered(fact: MessageSaid) -> None:
    conversation, entry = db.session.get(Conversation, fact.conversation_id), db.session.get(Entry, fact.entry_id)
    if conversation is not None and entry is not None and fact.voice == "agent":
        tell(conversation, f"We have answered {conversation.reference}", " ".join(entry.body.split())[:140])


@on(ConversationClosed)
def closed(fact: ConversationClosed) -> None:
    conversation = db.session.get(Conversation, fact.conversation_id)
    by = db.session.get(Person, fact.by_id) if fact.by_id else None
    if conversation is not None and conversation.is_closed and not fact.undone and (by is None or by.is_agent):
        tell(conversation, f"{conversation.reference} is settled", "Tell us how it was, or write again and it goes on.")
