"""Analytics in the layouts: the quiet counter on checkout pages, the report in the desk's menu, requests after reading for editors."""

from __future__ import annotations

from app.analytics.after_reading import asked_after_reading
from app.lib import slots
from app.lib.access import only_for


def after_reading() -> dict[str, object]:
    return {"articles": asked_after_reading()}


slots.fill("checkout.count", "analytics/_counter.html")
slots.fill("desk.nav", "analytics/_nav.html", only_for("agent"), order=600, kept=True)
slots.fill("content.board", "analytics/_after_reading.html", after_reading)
