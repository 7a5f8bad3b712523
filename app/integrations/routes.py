"""The doors that all plugs share."""

from __future__ import annotations

from app.integrations.desk import bp as desk
from app.integrations.hooks import bp as hooks

blueprints = (hooks, desk)
