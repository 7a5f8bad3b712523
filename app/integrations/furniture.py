"""The link to the page of integrations, for people who work here."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from app.lib import slots


def for_agents() -> dict[str, Any] | None:
    return {} if current_user.is_authenticated and current_user.may("agent") else None


slots.fill("desk.nav", "integrations/_nav.html", for_agents, order=310)
