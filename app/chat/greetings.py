"""Greetings: what the panel says first, by rules from content/chat/greetings.toml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from app.lib import content
from app.lib.content import Problem
from app.lib.fields import Fields

FILE = "chat/greetings.toml"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where somebody opened the chat: page and its title, their profession, the checkout step, whether they were here before."""

    page: str = "/"
    title: str = ""
    profession: str = ""
    step: str = ""
    returning: bool = False
    name: str = ""

    def as_json(self) -> dict[str, str]:
        return {key: value for key in ("page", "title", "profession", "step") if (value := getattr(self, key))}


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """A title and a sentence, for the places that its rule names. A rule without conditions fits everywhere."""

    title: str
    words: str
    pages: tuple[str, ...] = ()
    profession: str = ""
    step: str = ""
    returning: bool = False

    def fits(self, place: Place) -> bool:
        return (
            (not self.pages or any(fnmatchcase(place.page, pattern) for pattern in self.pages))
            and self.profession in {"", place.profession}
            and (not self.step or fnmatchcase(place.step, self.step))
            and (place.returning or not self.returning)
        )

    def said_to(self, place: Place) -> Greeting:
        """With {name} and {page} filled in; where no name is known, the sentence does without."""
        return Greeting(title=filled(self.title, place), words=filled(self.words, place))


def filled(words: str, place: Place) -> str:
    named = words if place.name else words.replace(", {name}", "").replace(" {name}", "")
    return named.replace("{name}", place.name).replace("{page}", place.title or "our site")


EVERYWHERE = Greeting(title="How can we help?", words="Ask us anything; a person reads every message.")


def greeting(place: Place) -> Greeting:
    """The first rule of the file that fits, in the order of the file."""
    return next((rule for rule in rules()[0] if rule.fits(place)), EVERYWHERE).said_to(place)


def rules() -> tuple[list[Greeting], list[Problem]]:
    document = content.kept(content.root() / FILE)[1]
    if document is None:
        return [], []
    fields = Fields.of(document)
    found = [read(row) for row in fields.rows("greeting")]
    return found, fields.done()


def read(row: Fields) -> Greeting:
    rule = Greeting(
        title=row.text("title"),
        words=row.text("words"),
        pages=tuple(row.words("pages", ())),
        profession=row.text("profession", ""),
        step=row.text("step", ""),
        returning=row.flag("returning"),
    )
    row.done()
    return rule


@content.check("chat greetings")
def problems() -> Iterable[Problem]:
    yield from content.table_problems(FILE)
    yield from rules()[1]
