"""Analytics in the layouts: the quiet counter on checkout pages, the report in the desk's menu."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from app.lib import slots


def for_agents() -> dict[str, Any] | None:
    return {} if current_user.is_authenticated and current_user.may("agent") else None


slots.fill("checkout.count", "analytics/_counter.html")
slots.fill("desk.nav", "analytics/_nav.html", for_agents, order=600)
