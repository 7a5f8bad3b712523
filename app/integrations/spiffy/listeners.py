"""A message that names no payment of ours: its order is looked up at once."""

from __future__ import annotations

from app.checkout.events import WebhookUnplaced
from app.integrations.spiffy.gateway import Spiffy
from app.integrations.spiffy.sweeping import hear, is_on
from app.lib.db import let_go
from app.lib.facts import on
from app.lib.outbox import errand, later


@on(WebhookUnplaced, when=lambda fact: fact.gateway == "spiffy" and is_on())
def look_it_up(fact: WebhookUnplaced) -> None:
    """Ask once for an order, however many of its messages came at the same time."""
    later("spiffy.fetch", key=f"spiffy:fetch:{fact.ref}", ref=fact.ref)


@errand("spiffy.fetch")
def fetch(ref: str) -> None:
    """The order may have our mark in one of its own fields, which messages leave out."""
    let_go()
    hear(Spiffy().order(ref))
