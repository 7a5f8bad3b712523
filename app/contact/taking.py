"""What becomes of a sent form: a row first, then a ticket, unless somebody should look at it before."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from app.accounts.models import Person, Team, Visitor, plain, proven_person
from app.checkout.models import Order
from app.contact import urgency
from app.contact.forms import Asking
from app.contact.kinds import Kind
from app.contact.models import Message
from app.contact.screening import signs
from app.conversations.models import Conversation
from app.lib import tokens
from app.lib.db import db
from app.lib.phones import spoken
from app.lib.uploads import Upload
from app.tickets.models import Ticket


@dataclass(frozen=True)
class Sender:
    """Who sends, as far as this browser says: the person, and a digest of the network address."""

    person: Person
    address_digest: str

    @classmethod
    def here(cls, address: str) -> Sender:
        """The signed-in person, else this browser's visitor, begun now if need be."""
        return cls(proven_person() or Visitor.begin().person, tokens.digest(f"contact:{address}"))


def take(kind: Kind, form: Asking, sender: Sender, files: Sequence[Upload] = ()) -> Message:
    """Keep what was sent and make a ticket of it. The same words twice within a day are one message."""
    mark = fingerprint(kind, form, sender)
    earlier = Message.same_as(mark)
    if earlier is not None:
        return earlier
    email, person = plain(form.said("email")), sender.person
    found = signs(
        trap=form.said("website"),
        begun=form.said("begun"),
        words=f"{form.said('subject')} {form.said('words')}",
        email=email,
        address_digest=sender.address_digest,
        person=person,
    )
    message, new = Message.keep(
        kind=kind.slug,
        person_id=person.id,
        email=email,
        name=form.said("name").strip(),
        subject=" ".join(form.said("subject").split())[:200],
        words=form.said("words").replace("\0", ""),
        details=details(form),
        fingerprint=mark,
        sent_once=tokens.digest(f"{mark}:{form.said('begun')}") if form.said("begun") else None,
        address_digest=sender.address_digest,
        state="held" if found else "taken",
        signs=found,
    )
    if not new:
        return message
    for file in files:
        file.give_to(f"contact:{message.id}")
    if not found:
        open_ticket(message, kind)
    return message


def fingerprint(kind: Kind, form: Asking, sender: Sender) -> str:
    """The same for the same words of the same sender; who leaves no address is known by the network's."""
    who = plain(form.said("email")) or sender.address_digest
    said = "\n".join((kind.slug, who, " ".join(form.said("subject").split()), " ".join(form.said("words").split())))
    return hashlib.sha256(said.casefold().encode("utf-8", "surrogatepass")).hexdigest()


def details(form: Asking) -> dict[str, object]:
    """Everything else that was answered: the kind's own questions under their labels, the rest under fixed names."""
    own = {field.label.text: answer(field.data) for field in form.own if field.data}
    asked = {"effect": form.said("effect"), "span": form.said("span")}
    wish = {"method": form.said("method") or "email", "time": form.said("time") or "any", "phone": form.said("phone")}
    return {"own": own, **asked, **wish, "page": form.said("page")[:300], "article": form.said("article")[:200]}


def answer(value: object) -> str:
    return "yes" if value is True else str(value)[:4000]


def open_ticket(message: Message, kind: Kind | None, by: Person | None = None) -> Ticket:
    """The conversation and its ticket for a message that was taken, or that somebody let through."""
    person, said = message.person, message.details
    effect, span = str(said.get("effect", "")), str(said.get("span", ""))
    priority = urgency.priority(kind.priority if kind else "normal", effect, span)
    team = Team.by_slug(kind.team) if kind else None
    came_from = {name: said[name] for name in ("page", "article") if said.get(name)}
    conversation = Conversation.open(person, "form", subject=message.subject, team=team, priority=priority, opened_from=came_from)
    if message.email and person.email != message.email:
        conversation.claim_address(person, message.email, message.name)
    person.phone = person.phone or (str(said["phone"]) if said.get("phone") else None)
    conversation.say(person, message.words, uploads=message.uploads)
    why = because(kind, urgency.reason(effect, span), by)
    ticket = Ticket.make(conversation, kind=message.kind, way="form", tier=tier_of(person), fields=fields(message), because=why)
    message.state, message.conversation_id = "taken", conversation.id
    return ticket


def let_through(message: Message, kind: Kind | None, by: Person) -> Conversation:
    """A person wrote it, says somebody who looked: it becomes a ticket, or goes on as the one it was before it was called spam."""
    conversation = message.conversation
    if conversation is None:
        conversation = open_ticket(message, kind, by).conversation
    elif conversation.merged_into_id is None:
        conversation.reopen(by)
    message.decide("taken", by)
    return conversation.living()


def because(kind: Kind | None, reason: str, by: Person | None) -> str:
    routed = f"Contact form “{kind.title if kind else 'unknown'}”" + (f", team {kind.team}" if kind and kind.team else "")
    urgent = f"; said: {reason}" if reason else ""
    through = f"; let through by {by.display_name}" if by else ""
    return f"{routed}{urgent}{through}."


def fields(message: Message) -> dict[str, object]:
    said = message.details
    wish = {"Answer": f"{said.get('method', 'email')}, {said.get('time', 'any')}" if said.get("method") != "email" else ""}
    return {**said.get("own", {}), **{name: value for name, value in wish.items() if value}, **phone_of(said)}


def phone_of(said: dict[str, object]) -> dict[str, object]:
    return {"Phone": spoken(str(said["phone"]))} if said.get("phone") else {}


def tier_of(person: Person) -> str | None:
    """`client` for somebody proven who has bought a programme; an address that was only typed buys no better promise."""
    bought = Order.seen_by(person).where(Order.is_sale()).limit(1) if person.is_proven else None
    return "client" if bought is not None and db.session.scalar(bought) is not None else None
