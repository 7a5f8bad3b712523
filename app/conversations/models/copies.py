"""Copies: the transcript by mail, only of this conversation, only what both sides said."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from app.accounts.models import Person
from app.conversations.models.transcript import Transcript
from app.lib import clock
from app.lib.db import db
from app.lib.mail import PostedLetter, post, write

if TYPE_CHECKING:
    from app.conversations.models.conversation import Conversation

COPIES_A_DAY = 3


def mail_copy(self: Conversation, person: Person) -> bool:
    """Post the transcript to this person's proven address, or the one they left; False when it may not go.

    To an address that was only typed goes nothing before a person here has answered, and never more than three copies a day:
    else anybody could have us write to anybody.
    """
    email, transcript = person.reachable_email, Transcript.of(self)
    if not email or not (person.email == email or may_go_to(email, transcript)):
        return False
    letter = write("conversations/transcript", to=email, conversation=self, transcript=transcript, person=person)
    letter.about = f"transcript:{self.id}"
    post(letter)
    self.happen("copy", to=person.id)
    return True


def may_go_to(email: str, transcript: Transcript) -> bool:
    day = clock.now() - timedelta(days=1)
    sent = select(func.count(PostedLetter.id)).where(PostedLetter.to == email, PostedLetter.about.startswith("transcript:"))
    return transcript.has_our_reply and (db.session.scalar(sent.where(PostedLetter.created_at > day)) or 0) < COPIES_A_DAY
