"""The demo firm's conversations: some answered, some waiting, some closed, so that the desk has something to show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import update

from app.accounts.models import Person
from app.chat.models import PageSeen
from app.conversations.models import Conversation, Entry
from app.lib import clock
from app.lib.db import add, db


@dataclass(frozen=True)
class Talk:
    """One conversation: who, where from, how long ago it began (minutes), and what was said: `>` ours, `#` a note, else theirs."""

    name: str
    ago: int
    lines: tuple[str, ...]
    page: str = "/"
    agent: str = "jonah"
    profession: str = "therapist"
    email: str = ""
    tags: tuple[str, ...] = ()
    closed: bool = False
    trail: tuple[str, ...] = field(default=())


TALKS = (
    Talk(
        "Miriam Oduya",
        60 * 24 * 6,
        (
            "Hello, I am two weeks into the programme and my calendar is fuller than I like. Can I pause new inquiries?",
            "> Hi Miriam, good problem to have. Yes: switch the waiting list on, and new people get a date instead of a slot.",
            "# She asked about this in the first consult too. Show her the waiting list on Thursday.",
            "Found it, thank you. That was quick.",
            "> Glad to hear it. I close this; write again whenever you like.",
        ),
        "/help/getting-started/first-week-checklist",
        email="miriam@practice.example",
        tags=("waiting list",),
        closed=True,
    ),
    Talk(
        "Dr. Paula Brandt",
        60 * 26,
        (
            "We are three physicians sharing one office. Is the price per practice or per person?",
            "> Per practice, up to four of you. The second and third adviser's hours cost extra, nothing else does.",
            "And the thirty days: do they start with the payment or with the first meeting?",
            "> With the first meeting. I put both answers into a letter for your partners, shall I?",
            "Please do.",
        ),
        "/offers",
        agent="owen",
        profession="physician",
        email="brandt@praxis-brandt.example",
        tags=("prices",),
    ),
    Talk(
        "Theo Lindqvist",
        190,
        (
            "Do you also work with consultants who sell to the public sector? Tenders, not referrals.",
            "> Kirsten here. We do, about one in ten. May I ask how many tenders you answer in a year?",
            "Around twelve, we win two. I would rather answer six and win three.",
        ),
        "/for/consultants",
        agent="kirsten",
        profession="consultant",
        trail=("/for/consultants", "/offers/steady-caseload"),
    ),
    Talk(
        "",
        42,
        ("Is my card stored with you when I pay in three parts?",),
        "/checkout/pay",
        agent="",
        trail=("/offers", "/checkout/plan", "/checkout/pay"),
        tags=("billing",),
    ),
    Talk(
        "Sanna",
        11,
        ("Hi! I only have Fridays. Can a twelve-week programme work with one hour a week?", "And do you speak Finnish by any chance?"),
        "/for/therapists",
        agent="",
        trail=("/", "/for/therapists"),
    ),
)


def fill() -> None:
    for talk in TALKS:
        play(talk)


def play(talk: Talk) -> Conversation:
    began = clock.now() - timedelta(minutes=talk.ago)
    person = (Person.by_email(talk.email) if talk.email else None) or visitor(talk)
    row = Conversation.open(person, "chat", opened_from={"page": talk.page})
    agent = Person.by_email(f"{talk.agent}@northlight.example") if talk.agent else None
    for line in talk.lines:
        speak(row, person, agent, line)
    for tag in talk.tags:
        row.tag(tag, agent)
    if talk.closed:
        row.close(agent)
    row.mark_read(person, row.last_seq)
    for path in talk.trail:
        PageSeen.note(row, path)
    return date_back(row, began)


def visitor(talk: Talk) -> Person:
    return add(Person(name=talk.name, claimed_email=talk.email or None, profession=talk.profession))


def speak(row: Conversation, person: Person, agent: Person | None, line: str) -> None:
    if line.startswith("#") and agent:
        row.note(agent, line[1:])
    elif line.startswith(">") and agent:
        row.say(agent, line[1:])
    else:
        row.say(person, line)


def date_back(row: Conversation, began: datetime) -> Conversation:
    """Let it have happened when it should have: one entry every two minutes from its beginning."""
    db.session.flush()
    entries = db.session.scalars(row.since(0, inside=True)).all()
    for number, entry in enumerate(entries):
        moment = began + timedelta(minutes=2 * number)
        db.session.execute(update(Entry).where(Entry.id == entry.id).values(created_at=moment))
    last = began + timedelta(minutes=2 * len(entries))
    row.created_at, row.last_at = began, min(last, clock.now())
    row.first_reply_at = began + timedelta(minutes=4) if row.first_reply_at else None
    row.waiting_since = row.last_at if row.waiting_since else None
    return row
