"""The pages of notifications: the bell, preferences, saying stop, pushes, and the outbox in the desk."""

from __future__ import annotations

from app.notifications.routes import notices, outbox, preferences, pushes, unsubscribe
from app.notifications.routes.door import bp

__all__ = ["bp", "notices", "outbox", "preferences", "pushes", "unsubscribe"]
