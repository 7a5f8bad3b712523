"""The link to the page of integrations, for people who work here."""

from __future__ import annotations

from app.lib import slots
from app.lib.access import only_for

slots.fill("desk.nav", "integrations/_nav.html", only_for("agent"), order=310, kept=True)
