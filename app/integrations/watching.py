"""Listening to silence: a provider that usually speaks and does not any more is noticed, and admins hear of it once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.accounts.models import Person
from app.consults.models import ProviderState
from app.consults.providers import Provider, providers
from app.integrations.deliveries import Delivery
from app.integrations.sweeping import Difference
from app.lib import clock
from app.lib.db import db
from app.lib.outbox import errand
from app.notifications.channels import Topic, declare
from app.notifications.models import Notice

GAPS, TIMES = 20, 4
SHORTEST = timedelta(days=1)
PAGE = "/desk/integrations"

declare(Topic("integrations.trouble", "Booking providers", "One is silent, or its list differs from ours.", who="admin"))


def last_heard(name: str) -> datetime | None:
    return db.session.scalar(select(func.max(Delivery.created_at)).where(Delivery.provider == name))


def usual_gap(name: str) -> timedelta | None:
    """The mean time between the last twenty messages; None before there are five."""
    latest = select(Delivery.created_at).where(Delivery.provider == name).order_by(Delivery.id.desc()).limit(GAPS + 1)
    heard = list(db.session.scalars(latest))
    return (heard[0] - heard[-1]) / (len(heard) - 1) if len(heard) >= 5 else None


def silent_for(name: str) -> timedelta | None:
    """How long a provider has said nothing, when that is four times its usual gap and at least a day; else None."""
    last, gap = last_heard(name), usual_gap(name)
    quiet = clock.now() - last if last else None
    return quiet if quiet and gap is not None and quiet > max(gap * TIMES, SHORTEST) else None


@errand("integrations.watch")
def watch() -> None:
    """Tell admins of silence, once until the provider speaks again, and of differences that wait."""
    for provider in providers():
        if provider.hears:
            look_at(provider)


def look_at(provider: Provider) -> None:
    state, quiet = ProviderState.of(provider.name), silent_for(provider.name)
    if quiet is None:
        state.alarmed_at = None
    elif state.alarmed_at is None and state.off_at is None:
        state.alarmed_at = clock.now()
        days = max(1, round(quiet / timedelta(days=1)))
        told = f"No message for {days} {'day' if days == 1 else 'days'}, which is unusual. Look whether its webhook is still switched on."
        alarm(f"{provider.title} is silent", told, provider.name)
    waiting = db.session.scalar(select(func.count()).select_from(Difference.open(provider.name).subquery())) or 0
    if waiting:
        alarm(f"{provider.title} lists bookings differently", f"{waiting} to look at.", f"{provider.name}:differences")


def alarm(title: str, words: str, key: str) -> None:
    for person in db.session.scalars(Person.who_may("admin")):
        Notice.tell(person, "integrations.trouble", title, words, PAGE, key=f"integrations:{key}")
