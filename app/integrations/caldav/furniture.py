"""CalDAV is plugged in."""

from __future__ import annotations

from app.consults.calendars import register
from app.integrations.caldav.plug import CalDav

register(CalDav())
