"""ICS feeds are plugged in."""

from __future__ import annotations

from app.consults.calendars import register
from app.integrations.ics.plug import Feed

register(Feed())
