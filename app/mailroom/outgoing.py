"""What leaves: agents' replies and acknowledgements, each with marks that bring its answer home."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr

from flask import current_app
from sqlalchemy import func, select

from app.accounts.models import Person
from app.business.models import Site
from app.conversations.models import Conversation, Entry, public_name
from app.lib import clock, tokens
from app.lib.addresses import on_wire
from app.lib.db import db
from app.lib.mail import Letter, PostedLetter, default_sender, from_line, on_refusal, post, write
from app.lib.page import absolute
from app.mailroom import marks
from app.mailroom.models import Correspondent, Incoming, Undeliverable
from app.mailroom.sorting import OWN_MARK
from app.notifications.models import wants
from app.tickets.models import Ticket

AN_HOUR, A_DAY = 3, 10
MOST_BYTES = 8_000_000
MOST_REFERENCES = 20
ACKNOWLEDGED = "acknowledgement:"
AUTOMATIC = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Precedence": "auto_reply"}


def site_mark() -> str:
    """How this installation knows its own letters when they come back."""
    return tokens.derived("mail site").hex()[:24]


def own_address() -> str:
    """Where answers should come to: the setting, else the sender of our letters."""
    return str(current_app.config["SETTINGS"].mail_reply_to or parseaddr(default_sender())[1] or Site.current().email).lower()


def send_reply(conversation: Conversation, entry: Entry) -> list[PostedLetter]:
    """A reply of ours as a letter to each customer of the thread who can be reached. Doing it twice sends it once."""
    to = [one for one in db.session.scalars(Correspondent.of(conversation)) if may_have(one)]
    return [letter for one in to if (letter := send_to(one, conversation, entry)) is not None]


def may_have(one: Correspondent) -> bool:
    """The address takes letters, and a customer with an account did not say that they want none of these."""
    chose = not one.person.is_proven or wants(one.person, "requests.letters", "mail")
    return chose and not Undeliverable.refuses(address_of(one))


def address_of(one: Correspondent) -> str:
    """A proven address is the person's own; else the one used in this very thread."""
    return one.person.email or one.email


def send_to(one: Correspondent, conversation: Conversation, entry: Entry) -> PostedLetter | None:
    mark = marks.make(conversation.id, one.person_id)
    message_id = marks.message_id(mark, entry.id, domain())
    if db.session.scalar(select(PostedLetter.id).where(PostedLetter.message_id == message_id)) is not None:
        return None
    author = public_name(entry)
    words = {"entry": entry, "person": one.person, "author": author, "link": link(conversation, one.person), "conversation": conversation}
    letter = write("mailroom/reply", to=address_of(one), **words)
    letter.sender = from_line(f"{author} at {Site.current().name}", parseaddr(default_sender())[1])
    letter.attachments = files_of(entry)
    letter.automatic = False
    return sign_and_post(letter, conversation, mark, message_id)


def domain() -> str:
    return on_wire(own_address()).rpartition("@")[2] or "localhost"


def link(conversation: Conversation, person: Person) -> str:
    return absolute("requests.show_link", token=conversation.link_token(person))


def files_of(entry: Entry) -> list[tuple[str, str, bytes]]:
    """The entry's files, as long as they fit into one mail; the page behind the link has them all."""
    kept, room = [], MOST_BYTES
    for attachment in entry.attachments:
        upload = attachment.upload
        if upload.size <= room and upload.file.is_file():
            kept.append((upload.name, upload.content_type, upload.file.read_bytes()))
            room -= upload.size
    return kept


def sign_and_post(letter: Letter, conversation: Conversation, mark: str, message_id: str, about: str = "") -> PostedLetter:
    letter.reply_to = marks.reply_address(own_address(), mark)
    letter.message_id, letter.about = message_id, about or f"conversation:{conversation.id}"
    letter.headers |= {OWN_MARK: site_mark(), **threading(conversation, letter.to)}
    return post(letter)


def threading(conversation: Conversation, to: str) -> dict[str, str]:
    """In-Reply-To and References (RFC 5322): what they wrote in this thread, and what we wrote to them."""
    theirs = [(row.created_at, row.message_id) for row in db.session.scalars(Incoming.of(conversation))]
    about = PostedLetter.about.in_((f"conversation:{conversation.id}", f"{ACKNOWLEDGED}{conversation.id}"))
    ours = [(row.created_at, row.message_id) for row in db.session.scalars(select(PostedLetter).where(about, PostedLetter.to == to))]
    ids = [message_id for _, message_id in sorted([*theirs, *ours])]
    if not ids:
        return {}
    return {"In-Reply-To": theirs[-1][1] if theirs else ids[-1], "References": " ".join(ids[-MOST_REFERENCES:])}


def acknowledge(ticket: Ticket) -> list[PostedLetter]:
    """Say that it arrived, with number and promise: to each customer once, and never more than a few automatic letters to one address."""
    if not current_app.config["SETTINGS"].mail_acknowledge:
        return []
    conversation, sent = ticket.conversation, []
    for one in db.session.scalars(Correspondent.of(conversation)):
        to = address_of(one)
        mark = marks.make(conversation.id, one.person_id)
        if Undeliverable.refuses(to) or not within_budget(to):
            ticket.explain(f"No acknowledgement went to {to}: enough automatic letters for now.")
            continue
        words = {"ticket": ticket, "person": one.person, "link": link(conversation, one.person), "conversation": conversation}
        letter = write("mailroom/received", to=to, **words)
        letter.headers = dict(AUTOMATIC)
        letter.automatic = False
        sent.append(sign_and_post(letter, conversation, mark, marks.message_id(mark, 0, domain()), f"{ACKNOWLEDGED}{conversation.id}"))
    return sent


def within_budget(address: str) -> bool:
    """3 automatic letters an hour and 10 a day to one address: above it somebody answers by hand, and no loop goes on."""
    return automatic_to(address, timedelta(hours=1)) < AN_HOUR and automatic_to(address, timedelta(days=1)) < A_DAY


def automatic_to(address: str, within: timedelta) -> int:
    theirs = select(func.count(PostedLetter.id)).where(PostedLetter.to == address, PostedLetter.about.startswith(ACKNOWLEDGED))
    return db.session.scalar(theirs.where(PostedLetter.created_at > clock.now() - within)) or 0


def already_acknowledged(ticket: Ticket) -> bool:
    about = f"{ACKNOWLEDGED}{ticket.conversation_id}"
    return db.session.scalar(select(PostedLetter.id).where(PostedLetter.about == about).limit(1)) is not None


def thread_of(letter: PostedLetter) -> Conversation | None:
    """The conversation that a letter belongs to; none for one about an order or a booking, whatever its number."""
    cause, _, number = letter.about.rpartition(":")
    mine = cause in {"conversation", ACKNOWLEDGED.rstrip(":")} and number.isdecimal()
    return db.session.get(Conversation, int(number)) if mine else None


def refused(letter: PostedLetter, code: int, words: str) -> None:
    """What never left is said where whoever wrote it looks."""
    conversation = thread_of(letter)
    if conversation is not None:
        conversation.happen("refused", to=letter.to, why=f"{code} {words}"[:300] if code else words)
        conversation.tag("bounced")


on_refusal(refused)
