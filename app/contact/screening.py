"""Signs that a form was filled by a machine. A sign never loses a message: it holds it until somebody has looked."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from app.accounts.models import Person
from app.contact.models import Message
from app.conversations.models import Block
from app.lib import clock, tokens

STARTED, STARTED_WITHIN = "contact.started", timedelta(days=2)
FASTEST = timedelta(seconds=3)
MOST_LINKS = 4
MOST_AN_HOUR = 5
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
MARKUP = re.compile(r"\[/?url|<a\s+href", re.IGNORECASE)


def started() -> str:
    """A signed note of now, for the form to bring back."""
    return tokens.sign(STARTED, {"at": clock.now().isoformat()})


def signs(*, trap: str, begun: str, words: str, email: str, address_digest: str, person: Person) -> list[str]:
    """What speaks against a message, in words for whoever looks at it; most often nothing."""
    found = [
        (bool(trap.strip()), "a field that no person sees was filled in"),
        (too_fast(begun), "it was sent within three seconds, or without the page"),
        (len(LINK.findall(words)) > MOST_LINKS, "it holds many links"),
        (bool(MARKUP.search(words)), "it holds links as forums write them"),
        (Block.covers(person, email), "this sender is blocked"),
        (Message.lately_from(email, address_digest, timedelta(hours=1)) >= MOST_AN_HOUR, "many came from there within an hour"),
    ]
    return [sign for holds, sign in found if holds]


def too_fast(begun: str) -> bool:
    try:
        at = datetime.fromisoformat(tokens.unsign(STARTED, begun, STARTED_WITHIN)["at"])
    except (tokens.Bad, KeyError, ValueError):
        return True
    return clock.now() - at < FASTEST
