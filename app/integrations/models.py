"""The rows that all plugs share."""

from __future__ import annotations

from app.integrations.deliveries import Delivery
from app.integrations.sweeping import Difference

__all__ = ["Delivery", "Difference"]
