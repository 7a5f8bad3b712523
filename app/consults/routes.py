"""The doors of consults: the public booking pages, the customer's own, the desk's, and the published feeds."""

from __future__ import annotations

from app.consults import doors_booking, doors_change, doors_choose
from app.consults.door import bp

blueprints = (bp,)
__all__ = ["blueprints", "doors_booking", "doors_change", "doors_choose"]
