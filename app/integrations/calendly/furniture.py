"""Calendly is plugged in; without its keys its pages can be linked to, but nothing is heard from it."""

from __future__ import annotations

from app.consults.providers import plug
from app.integrations.calendly.provider import Calendly

plug(Calendly())
