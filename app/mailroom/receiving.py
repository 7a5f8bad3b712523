"""A mail arrives: it is kept whole, read, sorted into one of five classes, and each class has a behaviour of its own."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import current_app
from sqlalchemy import func, select

from app.accounts.models import Person
from app.conversations.models import Block, Closure, Conversation, Entry
from app.lib import clock
from app.lib.addresses import in_words
from app.lib.db import add, db, first
from app.lib.mail import PostedLetter
from app.mailroom import sorting, writing
from app.mailroom.models import Correspondent, Incoming, Undeliverable, digest, keep_raw
from app.mailroom.outgoing import site_mark, thread_of
from app.mailroom.reading import Mail, addresses, read
from app.mailroom.threading import Place, bare_subject, belongs, find
from app.tickets.models import Ticket

SAID_BESIDES = re.compile(r'"(?:\\.|[^"\\])*"|\([^()]*\)')
REOPEN_WITHIN = timedelta(days=14)
REOPENS_AN_HOUR = 3
MERGE_WITHIN = timedelta(days=7)


def receive(raw: bytes, source: str) -> Incoming:
    """Take one raw mail. The same mail again gives the row that is already there. Call inside a transaction."""
    mail = read(raw)
    earlier = Incoming.seen_before(mail.message_id, mail.sender)
    if earlier is not None:
        return earlier
    kind = sorting.sort(mail, site_mark())
    row = Incoming(
        mark=digest(mail.message_id, mail.sender),
        id_digest=digest(mail.message_id),
        message_id=mail.message_id,
        sender=mail.sender,
        sender_name=mail.sender_name[:200],
        subject=mail.subject,
        source=source,
        path=keep_raw(raw),
        kind=kind.kind,
        kind_because=kind.because[:200],
        proven=is_proven(mail),
        answerable=sorting.answers_automatically(kind, mail),
    )
    if not first(row):
        # It came on two ways at the same moment.
        return db.session.scalars(Incoming.same(mail.message_id, mail.sender)).one()
    HANDLERS[kind.kind](row, mail)
    return row


def is_proven(mail: Mail) -> bool:
    """Whether our own mail server says that the sender is who it says (Authentication-Results, RFC 8601: dmarc=pass).

    Never of a mail that names several: nobody says which of them was looked at.
    """
    if {address for _, address in addresses(mail.headers, "from")} != {mail.sender}:
        return False
    trusted = current_app.config["SETTINGS"].mail_auth_server.lower()
    for result in mail.all("Authentication-Results"):
        server, _, rest = result.lower().partition(";")
        if trusted and server.split()[:1] == [trusted]:
            # Only the topmost is our server's: what stands below came with the mail.
            # An address that came with the mail may stand in it, and say anything: only how a result begins counts.
            return any(result.split()[:1] == ["dmarc=pass"] for result in SAID_BESIDES.sub("", rest).split(";"))
    return False


def own_loop(row: Incoming, _mail: Mail) -> None:
    row.state = "noted"


def bounce(row: Incoming, mail: Mail) -> None:
    """Mark the letter and the address, and say so in the thread; what names no letter of ours waits for somebody."""
    found = [failure for failure in sorting.failures(mail) if settle(row, failure)]
    row.state = "noted" if found else "held"


def settle(row: Incoming, failure: sorting.Failure) -> bool:
    letter = db.session.scalar(select(PostedLetter).where(PostedLetter.message_id == failure.message_id))
    # Only who was written to can bounce: a forged report about another address changes nothing.
    if letter is None or in_words(letter.to) != failure.address:
        return False
    letter.state, letter.last_error = "failed", f"Came back: {failure.status}"
    Undeliverable.note(failure.address, failure.status, failure.permanent)
    conversation = thread_of(letter)
    if conversation is not None:
        row.conversation_id = conversation.id
        conversation.happen("bounced", to=failure.address, status=failure.status, permanent=failure.permanent)
        conversation.tag("bounced")
    return True


def auto_reply(row: Incoming, mail: Mail) -> None:
    """It is told in the thread, folded, moves no clock and opens nothing; one without a thread is a ticket nobody acknowledges."""
    place = find(mail)
    if place is not None and named_agent(mail, place) is not None:
        # An agent is away: our news to them says nothing new about the customer.
        row.conversation_id, row.rule, row.state = place.conversation.id, place.rule, "noted"
        return
    if place is None or belongs(mail, place) is None:
        new_ticket(row, mail, "It was sent by a machine")
        return
    row.conversation_id, row.rule = place.conversation.id, place.rule
    place.conversation.happen("autoreply", words=mail.text[:2000], mail=row.id)


def bulk(row: Incoming, _mail: Mail) -> None:
    row.state = "bulk"


def person(row: Incoming, mail: Mail) -> None:
    place = find(mail)
    if Block.covers(None, mail.sender):
        row.state = "held"
    elif place is None:
        new_ticket(row, mail)
    else:
        row.rule = place.rule
        into_thread(row, mail, place)


def into_thread(row: Incoming, mail: Mail, place: Place) -> None:
    agent = agent_of(row, mail, place)
    one = belongs(mail, place)
    if agent is not None and not writing.above_the_line(writing.words_of(mail)).strip():
        row.conversation_id, row.state = place.conversation.id, "held"
    elif agent is not None:
        write_down(row, mail, place.conversation, agent)
    elif one is None:
        quarantine(row, place.conversation, f"{mail.sender} is not an address of this ticket")
    elif is_old(place.conversation):
        old = Ticket.of(place.conversation)
        ticket = new_ticket(row, mail, f"Answers {place.conversation.reference}, closed long ago", one.person)
        if old is not None:
            ticket.link(old)
    elif reopens_too_often(place.conversation):
        row.conversation_id, row.state = place.conversation.id, "held"
    else:
        write_down(row, mail, place.conversation, one.person)


def agent_of(row: Incoming, mail: Mail, place: Place) -> Person | None:
    """An agent who answers from their own mail program: the mark is theirs, the address is theirs, and our server vouches for it."""
    return named_agent(mail, place) if row.proven else None


def named_agent(mail: Mail, place: Place) -> Person | None:
    found = db.session.get(Person, place.person_id) if place.person_id else None
    return found if found is not None and found.is_agent and found.active and found.email == mail.sender else None


def quarantine(row: Incoming, conversation: Conversation, why: str) -> None:
    """Only we see it: a note of what happened, and a place in the list of what waits."""
    row.conversation_id, row.state = conversation.id, "quarantined"
    conversation.happen("quarantined", sender=row.sender, why=why, mail=row.id)


def is_old(conversation: Conversation) -> bool:
    closure = conversation.closure()
    return closure is not None and clock.now() - closure.created_at > REOPEN_WITHIN


def reopens_too_often(conversation: Conversation) -> bool:
    """3 automatic reopenings an hour are enough for people; more is two machines talking."""
    lately = Closure.ended_at > clock.now() - timedelta(hours=1)
    count = select(func.count(Closure.id)).where(Closure.conversation_id == conversation.id, lately)
    return conversation.is_closed and (db.session.scalar(count) or 0) >= REOPENS_AN_HOUR


def write_down(row: Incoming, mail: Mail, conversation: Conversation, author: Person) -> Entry:
    """The mail as an entry of the thread, what was said before folded, its files with it."""
    entry = writing.write(mail, conversation, author, row.id)
    row.conversation_id, row.entry_id, row.state = conversation.id, entry.id, "taken"
    ticket = Ticket.of(conversation)
    if ticket is not None and row.rule:
        ticket.explain(f"Mail from {row.sender}: matched by {row.rule}.")
    return entry


def new_ticket(row: Incoming, mail: Mail, why: str = "", author: Person | None = None) -> Ticket:
    """A conversation of its own. An address that nobody vouched for is claimed by a new person, and joins nobody."""
    known = Person.by_email(mail.sender) if row.proven else None
    if known is not None and known.is_agent:
        known = None
    writer = author or known or add(Person(name=mail.sender_name[:200], claimed_email=mail.sender or None))
    conversation = Conversation.open(writer, "email", subject=mail.subject or "(no subject)")
    if mail.sender:
        Correspondent.note(conversation, writer, mail.sender)
    else:
        why = f"{why} It names no sender: nobody can be answered by mail".strip()
    similar = like(mail, conversation)
    rule, row.rule = row.rule or "none fitted", ""
    write_down(row, mail, conversation, writer)
    row.rule = rule
    because = ". ".join(filter(None, (f"A mail to {', '.join(mail.recipients[:2]) or 'us'}", why)))
    ticket = Ticket.make(conversation, way="email", because=f"{because}.")
    if similar is not None:
        ticket.explain(f"Looks like {similar.reference}: same sender, same subject. Merge them?")
    return ticket


def like(mail: Mail, but: Conversation) -> Conversation | None:
    """An open conversation of the same address about the same, not older than a week: to be proposed, never to be merged by itself."""
    lately = Conversation.created_at > clock.now() - MERGE_WITHIN
    theirs = select(Conversation).join(Correspondent, Correspondent.conversation_id == Conversation.id)
    theirs = theirs.where(Correspondent.email == mail.sender, Conversation.state != "closed", lately, Conversation.id != but.id)
    wanted = bare_subject(mail.subject)
    rows = db.session.scalars(theirs.order_by(Conversation.id.desc()).limit(20))
    return next((row for row in rows if wanted and bare_subject(row.subject) == wanted), None)


HANDLERS = {
    sorting.OWN_LOOP: own_loop,
    sorting.BOUNCE: bounce,
    sorting.AUTO_REPLY: auto_reply,
    sorting.BULK: bulk,
    sorting.PERSON: person,
}
