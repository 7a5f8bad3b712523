"""The desk's entry for mail that waits for somebody; and the mails of a ticket beside its person."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask_login import current_user

from app.conversations.models import Conversation
from app.hours.models import main_calendar
from app.lib import slots
from app.lib.db import db
from app.mailroom.models import Incoming, count_waiting


def waiting() -> dict[str, Any] | None:
    if not (current_user.is_authenticated and current_user.may("agent")):
        return None
    count = count_waiting()
    return {"count": count} if count else None


def mails_of(conversation: Conversation) -> list[Incoming]:
    return list(db.session.scalars(Incoming.of(conversation)))


def beside() -> dict[str, Any]:
    return {"mails_of": mails_of}


def site_zone() -> ZoneInfo:
    """The zone of the firm's calendar, for letters: there no script shows the reader's own."""
    return main_calendar().zone


slots.fill("desk.nav", "mailroom/_nav.html", waiting, order=45)
slots.fill("desk.person", "mailroom/_mails.html", beside, order=400)


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(site_zone=site_zone)
