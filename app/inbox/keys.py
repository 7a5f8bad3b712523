"""The desk's single keys: which there are, and how an agent wants them."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import Person
from app.lib.db import Model, db, only

# What each key does; another key may stand in its place. The page has the deeds themselves (data-key), the script the walking.
DEEDS = {
    "j": "Next conversation",
    "k": "Previous conversation",
    "o": "Open it",
    "]": "Open the next one",
    "[": "Open the previous one",
    "x": "Choose it",
    "r": "Reply",
    "n": "Note",
    "m": "Take it yourself",
    "a": "Give it to somebody",
    "s": "Snooze",
    "e": "Close or reopen",
    "#": "Tag",
    "p": "The person",
    "z": "Undo",
    "/": "Search",
}
# These always work, so nothing else can have them.
FIXED = "g?"


class OwnKeys(Model):
    """How an agent wants the desk's single keys: whether they work at all, and which other key stands in a key's place."""

    __tablename__ = "own_keys"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    on: Mapped[bool] = mapped_column(default=True)
    places: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    @classmethod
    def of(cls, person: Person) -> OwnKeys:
        """What they chose; what everybody has until they did."""
        return db.session.scalar(select(cls).where(cls.person_id == person.id)) or cls(person_id=person.id, on=True, places={})

    @classmethod
    def choose(cls, person: Person, on: bool, places: dict[str, str]) -> None:
        """Keep it; what stands for no deed is left out. Raises ValueError, in words for the agent, for no key or one with two deeds."""
        known = {key: pressed for key, pressed in places.items() if key in DEEDS}
        refuse_nonsense(known)
        row = only(select(cls).where(cls.person_id == person.id), cls(person_id=person.id))
        row.on, row.places = on, known


def refuse_nonsense(places: dict[str, str]) -> None:
    for pressed in places.values():
        if len(pressed) != 1 or pressed in FIXED or not pressed.isprintable() or pressed.isspace():
            raise ValueError("That key cannot be used: it must be one sign, and neither g nor ?.")
    deeds: dict[str, str] = {}
    for key, deed in DEEDS.items():
        pressed = places.get(key, key)
        if pressed in deeds:
            raise ValueError(f"{pressed} would be both “{deeds[pressed]}” and “{deed}”.")
        deeds[pressed] = deed
