"""The state of what carries things out, for the outbox page: ticker, workers, Redis, mail server. It asks, and never waits long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import func, select

from app.lib import clock, jobs
from app.lib.db import db
from app.lib.leases import Lease
from app.lib.outbox import Errand

LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class Wheel:
    """One part of the machinery: its name, whether it turns (good, warn, bad, ring), and a sentence."""

    name: str
    kind: str
    words: str


def machinery() -> list[Wheel]:
    return [ticker(), redis(), backlog(), post_office(), texts()]


def ticker() -> Wheel:
    until = db.session.scalar(select(Lease.until).where(Lease.name == "ticker"))
    if until is not None and until > clock.now():
        return Wheel("Ticker", "good", "Running: what is due gets done.")
    return Wheel("Ticker", "bad", "Not running: nothing that is due later happens. Start it with bin/run, or jobs.ticker.")


def redis() -> Wheel:
    if not current_app.config["SETTINGS"].redis_url:
        return Wheel("Redis", "ring", "Not set: the ticker does the work.")
    waiting = jobs.nudger().waiting()
    if waiting is None:
        return Wheel("Redis", "warn", "Away: the ticker does the work. Nothing is lost.")
    return Wheel("Redis", "good", f"Here, {waiting} nudge{'' if waiting == 1 else 's'} waiting for a worker.")


def backlog() -> Wheel:
    late = select(func.count(Errand.id)).where(Errand.state == "waiting", Errand.due_at < clock.now() - LATE)
    dead = db.session.scalar(select(func.count(Errand.id)).where(Errand.state == "dead")) or 0
    count = db.session.scalar(late) or 0
    if dead:
        return Wheel("Errands", "bad", f"{dead} gave up after eight tries{f', {count} late' if count else ''}.")
    return Wheel("Errands", "warn" if count else "good", f"{count} late." if count else "All on time.")


def post_office() -> Wheel:
    url = current_app.config["SETTINGS"].smtp_url
    if not url:
        return Wheel("Mail server", "ring", "Not set (FRONTDESK_SMTP_URL): letters are kept here and go nowhere.")
    failing = select(func.count(Errand.id)).where(Errand.handler == "mail.send", Errand.state == "waiting", Errand.attempts > 0)
    count = db.session.scalar(failing) or 0
    if count:
        return Wheel("Mail server", "warn", f"{urlsplit(url).hostname} has refused or not answered; {count} waiting to be tried again.")
    return Wheel("Mail server", "good", f"{urlsplit(url).hostname} takes our letters.")


def texts() -> Wheel:
    if not current_app.config["SETTINGS"].sms_url:
        return Wheel("Short messages", "ring", "No provider set (FRONTDESK_SMS_URL): they are kept here.")
    return Wheel("Short messages", "good", "A provider is set.")
