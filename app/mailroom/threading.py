"""Where a mail belongs: the first rule that fits, said in words. A sign in a mail names a thread; only the sender's address opens it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.conversations.models import Conversation
from app.lib.db import db
from app.mailroom import marks
from app.mailroom.models import Correspondent, Incoming
from app.mailroom.reading import Mail

NUMBER = re.compile(r"\[?\bFD-(\d{4,9})\b\]?", re.IGNORECASE)
PREFIXES = re.compile(r"^\s*((re|aw|antw|sv|fw|fwd|wg|tr|rv|rif|odp|res|回复|答复)\s*(\[\d+\])?\s*[::]\s*)+", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A conversation, by which rule, and the person that the mark was made for (0 when the rule names none)."""

    conversation: Conversation
    rule: str
    person_id: int = 0


def find(mail: Mail) -> Place | None:
    """The thread of a mail; None for a new one. Whether the sender belongs to it is another question."""
    return by_mark(mail) or by_known_id(mail) or by_number(mail)


def by_mark(mail: Mail) -> Place | None:
    places = (
        ("the signed reply address", (*mail.recipients, *mail.copied)),
        ("our signed Message-ID", (*mail.in_reply_to, *reversed(mail.references))),
        ("a signed mark in its text", (mail.text[-20_000:],)),
    )
    for rule, texts in places:
        mark = marks.first_mark(texts)
        conversation = db.session.get(Conversation, mark.conversation_id) if mark else None
        if mark is not None and conversation is not None:
            return Place(conversation.living(), rule, mark.person_id)
    return None


def by_known_id(mail: Mail) -> Place | None:
    found = Incoming.known((*mail.in_reply_to, *reversed(mail.references)))
    return Place(found.conversation.living(), "a letter it refers to") if found is not None and found.conversation is not None else None


def by_number(mail: Mail) -> Place | None:
    found = NUMBER.search(mail.subject)
    conversation = db.session.get(Conversation, Conversation.number_of(found[1])) if found else None
    return Place(conversation.living(), "the number in its subject") if conversation is not None else None


def belongs(mail: Mail, place: Place) -> Correspondent | None:
    """The correspondent of the thread who has this address; a mark made for somebody else does not make them one."""
    found = Correspondent.by_address(place.conversation, mail.sender)
    if found is None:
        rows = db.session.scalars(Correspondent.of(place.conversation))
        found = next((one for one in rows if one.person.email == mail.sender), None)
    return found


def bare_subject(subject: str) -> str:
    return NUMBER.sub("", PREFIXES.sub("", subject)).strip().casefold()
