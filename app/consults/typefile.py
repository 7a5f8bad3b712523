"""From a file in content/consults/ to a ConsultType, and what an editor should mend in those that cannot become one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from app.consults.availability import Rules
from app.consults.types import AFTER_NO_SHOWS, ASSIGNMENTS, KINDS, PLACES, PROVIDERS, ConsultType, Outside, Question
from app.lib import content
from app.lib.content import Document, Problem
from app.lib.fields import Fields

FOLDER = "consults"
BUCKET, DAY = 5, 1440
UNITS = {"minute": 1, "hour": 60, "day": DAY, "week": 7 * DAY}

_read: dict[str, tuple[Document, ConsultType | None, list[Problem]]] = {}


def every_type() -> list[ConsultType]:
    """Every type whose file is sound, in their order."""
    return sorted((kind for kind, _ in read_all() if kind is not None), key=lambda kind: (kind.order, kind.title))


def find_type(slug: str) -> ConsultType | None:
    return next((kind for kind, _ in read_all() if kind is not None and kind.slug == slug), None)


def offered_types(profession: str | None = None) -> list[ConsultType]:
    """The listed types for that profession, its own before the general ones; all listed ones when nobody said which."""
    listed = [kind for kind in every_type() if kind.listed]
    return sorted((kind for kind in listed if kind.suits(profession)), key=lambda kind: not kind.professions) if profession else listed


@content.check("consults")
def problems() -> Iterable[Problem]:
    yield from content.problems(FOLDER)
    for _, found in read_all():
        yield from found


def read_all() -> Iterator[tuple[ConsultType | None, list[Problem]]]:
    for document in content.documents(FOLDER):
        key = str(document.path)
        known = _read.get(key)
        if known is None or known[0] is not document:
            known = _read[key] = (document, *read(document))
        yield known[1], known[2]


def read(document: Document) -> tuple[ConsultType | None, list[Problem]]:
    """The type in a file, or None when it says something that cannot be; and what is wrong with it."""
    fields = Fields.of(document)
    missed, provider, needs = fields.part("no_shows"), fields.part("provider"), fields.part("needs")
    kind = ConsultType(
        slug=document.slug,
        title=fields.text("title"),
        summary=fields.text("summary", ""),
        body=document.body,
        rules=read_rules(fields),
        professions=lower(fields.words("professions")),
        skills=lower(fields.words("hosts")),
        needs={skill.lower(): needs.number(skill, 1, 1) for skill in needs.values},
        assign=fields.choice("assign", ASSIGNMENTS, "set" if needs.values else "round-robin"),
        places=some_of(fields, "where", tuple(PLACES), ("phone",)),
        reminders=tuple(sorted({minutes(fields, "reminders", words) for words in fields.words("reminders", ("24 hours", "1 hour"))})),
        remind_by=some_of(fields, "remind_by", ("email", "sms"), ("email", "sms")),
        change_until=duration(fields, "change_until", "12 hours"),
        policy=fields.text("policy", ""),
        keep_days=duration(fields, "keep_answers", "90 days") // DAY,
        no_shows=missed.number("after", 1, 1) if missed.values else None,
        then=missed.choice("then", AFTER_NO_SHOWS, "approval") if missed.values else "approval",
        deposit=missed.cents("deposit", 0) if missed.values else 0,
        currency=missed.text("currency", "USD") if missed.values else "USD",
        series=fields.number("series", 1, 1),
        order=fields.number("order", 100),
        listed=fields.flag("listed", True),
        questions=tuple(read_question(row) for row in fields.rows("questions")),
        outside=read_outside(provider) if provider.values else None,
    )
    for part in (missed, provider, needs):
        part.done()
    check(kind, fields)
    fields.done()
    return (None if fields.problems else kind), fields.problems


def read_rules(fields: Fields) -> Rules:
    length = on_bucket(fields, "minutes", "15", BUCKET)
    return Rules(
        minutes=length,
        step=on_bucket(fields, "every", str(length), BUCKET),
        before=on_bucket(fields, "before", "0"),
        after=on_bucket(fields, "after", "0"),
        notice=duration(fields, "notice", "2 hours"),
        window_days=duration(fields, "ahead", "60 days") // DAY,
        per_day=fields.number("per_day", 1, 1) if "per_day" in fields.values else None,
    )


def check(kind: ConsultType, fields: Fields) -> None:
    """What single values cannot show."""
    names = [question.name for question in kind.questions]
    if len(set(names)) < len(names):
        fields.complain("questions", "use a name twice")
    if kind.is_set != bool(kind.needs):
        fields.complain("needs", "says how many of which skill a set has; a set needs it and nothing else has it")
    if kind.rules.window_days > 400:
        fields.complain("ahead", "is more than 400 days")
    if (kind.then == "deposit") != (kind.deposit > 0):
        fields.complain("no_shows", "names a deposit of more than nothing exactly when they say: then: deposit")
    if len(kind.currency) != 3 or not kind.currency.isupper():
        fields.complain("no_shows", "should name its currency in three capital letters such as USD")
    if kind.series > 52 or (kind.is_set and kind.series > 1):
        fields.complain("series", "is at most 52, and a set is booked one by one")


def duration(fields: Fields, key: str, default: str) -> int:
    return minutes(fields, key, fields.text(key, default))


def minutes(fields: Fields, key: str, words: str) -> int:
    """Minutes of "90 minutes", "2 hours", "1 day", "2 weeks", or a plain number of minutes."""
    found = re.fullmatch(r"\s*(\d{1,5})\s*(minute|hour|day|week)?s?\s*", words)
    if not found:
        fields.complain(key, f"should be a duration such as 24 hours, not {words!r}")
        return BUCKET
    return int(found[1]) * UNITS[found[2] or "minute"]


def on_bucket(fields: Fields, key: str, default: str, least: int = 0) -> int:
    found = duration(fields, key, default)
    if found % BUCKET or not least <= found <= DAY:
        fields.complain(key, f"should be a multiple of {BUCKET} minutes, from {least} to {DAY}")
        return BUCKET
    return found


def some_of(fields: Fields, key: str, allowed: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    found = lower(fields.words(key, default))
    if set(found) - set(allowed) or not (found or key == "remind_by"):
        fields.complain(key, f"may be {', '.join(allowed)}")
        return default
    return found


def lower(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)


def read_question(row: Fields) -> Question:
    question = Question(
        name=row.text("name"),
        ask=row.text("ask"),
        kind=row.choice("kind", KINDS, "text"),
        required=row.flag("required"),
        choices=row.words("choices"),
        help=row.text("help", ""),
        least=optional(row, "least"),
        most=optional(row, "most"),
    )
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", question.name):
        row.complain("name", "should be a plain word such as practice_size")
    if (question.kind == "choice") != bool(question.choices):
        row.complain("choices", "belong to a question of the kind choice, and it needs them")
    row.done()
    return question


def optional(row: Fields, key: str) -> int | None:
    return row.number(key, 0) if key in row.values else None


def read_outside(fields: Fields) -> Outside:
    values: dict[str, Any] = {"name": fields.choice("name", PROVIDERS), "url": fields.text("url")}
    if urlsplit(values["url"]).scheme != "https":
        fields.complain("url", "should start with https://")
    mode = fields.choice("mode", ("link", "embed"), "link")
    return Outside(**values, mode=mode, private=fields.flag("private"), event_type=fields.text("event_type", ""))
