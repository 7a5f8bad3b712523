"""The desk's entry for mail that waits for somebody; and the mails of a ticket beside its person."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app

from app.accounts.models import Person
from app.conversations.models import Conversation
from app.hours.models import main_calendar
from app.lib import slots
from app.lib.db import db
from app.lib.tallies import tallied, tally
from app.mailroom import marks
from app.mailroom.models import Incoming, counting_waiting
from app.mailroom.outgoing import own_address
from app.notifications.channels import answered_at
from app.notifications.models import Notice

DESK_THREAD = re.compile(r"/desk/conversations/(\d+)")


tally("mailroom.waiting", counting_waiting(), serves="agent")


def waiting() -> dict[str, Any] | None:
    count = tallied("mailroom.waiting")
    return {"count": count} if count else None


def mails_of(conversation: Conversation) -> list[Incoming]:
    return list(db.session.scalars(Incoming.of(conversation)))


def beside() -> dict[str, Any]:
    return {"mails_of": mails_of}


def answer_to(notice: Notice, person: Person) -> str:
    """Agents answer news of a conversation from their own mail program: with their own mark, when our server can vouch for them."""
    place = DESK_THREAD.fullmatch(notice.url)
    if place is None or not person.is_agent or not current_app.config["SETTINGS"].mail_auth_server:
        return ""
    return marks.reply_address(own_address(), marks.make(int(place[1]), person.id))


answered_at(answer_to)


def site_zone() -> ZoneInfo:
    """The zone of the firm's calendar, for letters: there no script shows the reader's own."""
    return main_calendar().zone


slots.fill("desk.nav", "mailroom/_nav.html", waiting, order=45, kept=True)
slots.fill("desk.person", "mailroom/_mails.html", beside, order=400)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(site_zone=site_zone)
