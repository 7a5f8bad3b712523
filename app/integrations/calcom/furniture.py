"""Cal.com is plugged in; without its secrets its pages can be linked to, but nothing is heard from it."""

from __future__ import annotations

from app.consults.providers import plug
from app.integrations.calcom.provider import CalCom

plug(CalCom())
