"""Analytics in the layouts: the quiet counter on checkout pages, the report in the desk's menu."""

from __future__ import annotations

from app.lib import slots
from app.lib.access import only_for

slots.fill("checkout.count", "analytics/_counter.html")
slots.fill("desk.nav", "analytics/_nav.html", only_for("agent"), order=600, kept=True)
