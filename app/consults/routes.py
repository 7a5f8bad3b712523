"""The doors of consults: the public booking pages, the customer's own, the desk's, and the published feeds."""

from __future__ import annotations

from app.consults import (
    desk_behalf,
    desk_bookings,
    desk_calendars,
    desk_grid,
    desk_hosts,
    desk_report,
    doors_booking,
    doors_change,
    doors_choose,
    doors_deposit,
    doors_outside,
    doors_waiting,
    feeds,
)
from app.consults.desk_door import bp as desk
from app.consults.door import bp
from app.consults.portal import bp as portal

# Importing the modules hangs their views on the blueprints.
VIEWS = (
    desk_behalf,
    desk_bookings,
    desk_calendars,
    desk_grid,
    desk_hosts,
    desk_report,
    doors_booking,
    doors_change,
    doors_choose,
    doors_deposit,
    doors_outside,
    doors_waiting,
    feeds,
)
blueprints = (bp, portal, desk)
