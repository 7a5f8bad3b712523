"""What notifications put into layouts: the bell, menu entries; and the channels and topics that come with the house."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_login import current_user
from sqlalchemy import func, select

from app.accounts.models import Person
from app.lib import clock, slots
from app.lib.access import only_for
from app.lib.db import db
from app.lib.outbox import Errand, errand
from app.lib.tallies import ME, tallied, tally
from app.notifications import roads
from app.notifications.channels import Topic, declare
from app.notifications.consents import Consent
from app.notifications.models import Notice

WATCHED = timedelta(minutes=20)

declare(
    Topic(
        "desk.trouble",
        "Something could not be done",
        "A letter or another errand gave up after eight tries.",
        who="admin",
        mail_after=timedelta(minutes=5),
    )
)


tally("notifications.newest", select(func.max(Notice.id)).where(Notice.person_id == ME), serves="customer")
tally("notifications.unread", Notice.at_bell_of(ME), serves="customer")


def bell() -> dict[str, Any] | None:
    if not current_user.is_authenticated:
        return None
    return {"unread": tallied("notifications.unread"), "newest": tallied("notifications.newest")}


@errand("notifications.trouble")
def tell_of_trouble() -> None:
    """Admins hear of errands that gave up lately; one notice until they have read it."""
    lately = select(Errand.handler).where(Errand.state == "dead", Errand.due_at > clock.now() - WATCHED)
    names = sorted(set(db.session.scalars(lately)))
    if names:
        for person in db.session.scalars(Person.who_may("admin")):
            Notice.tell(person, "desk.trouble", "An errand gave up", ", ".join(names), "/desk/outbox/errands?state=dead", key="trouble")


slots.fill("desk.rail", "notifications/_rail.html", bell, order=10)
slots.fill("desk.nav", "notifications/_desk_nav.html", only_for("agent"), order=790, kept=True)
slots.fill("desk.person", "notifications/_consents.html", only_for("agent"), order=500)
slots.fill("account.nav", "notifications/_nav.html", bell, order=60)
slots.fill("head", "notifications/_head.html", only_for("agent"), kept=True)


def consents_of(person: Person | None) -> list[Consent]:
    return list(db.session.scalars(Consent.of(person).limit(10))) if person is not None else []


def init_app(app: Flask) -> None:
    app.jinja_env.globals["consents_of"] = consents_of


__all__ = ["roads"]
