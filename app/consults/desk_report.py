"""The consult-to-close report and the waiting list, in the desk."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from flask import Response, request

from app.consults.desk_door import bp
from app.consults.reports import Tally, cases, tallies, tally
from app.consults.waiting import WaitingPlace
from app.lib import clock
from app.lib.access import needs
from app.lib.db import db
from app.lib.page import page

WEEKS = (4, 12, 26, 52)


@bp.get("/report")
@needs("agent")
def report() -> Response:
    """Show booked, held, missed, won and paid by week, type and host; `as=csv` gives the same as a file."""
    weeks = request.args.get("weeks", 12, type=int)
    weeks = weeks if weeks in WEEKS else 12
    found = cases(clock.now() - timedelta(weeks=weeks), clock.now() + timedelta(days=1))
    views = {
        "Week": tallies(found, lambda case: [case.week.isoformat()]),
        "Type": tallies(found, lambda case: [case.kind]),
        "Host": tallies(found, lambda case: case.hosts),
    }
    if request.args.get("as") == "csv":
        return as_csv(views)
    return page("consults/desk/report.html", views=views, total=tally("All", found), weeks=weeks, choices=WEEKS)


def as_csv(views: dict[str, list[Tally]]) -> Response:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["by", "name", "booked", "cancelled", "held", "missed", "won", "paid within 30 days"])
    for view, rows in views.items():
        writer.writerows([view, plain_cell(row.name), row.booked, row.cancelled, row.held, row.missed, row.won, row.paid] for row in rows)
    response = Response(out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = "attachment; filename=consults.csv"
    return response


def plain_cell(words: str) -> str:
    """A spreadsheet must not take a name for a formula."""
    return f"'{words}" if words[:1] in "=+-@\t\r" else words


@bp.get("/waiting")
@needs("agent")
def waiting() -> Response:
    """Show who waits for which type, in the order in which freed times are offered."""
    return page("consults/desk/waiting.html", places=db.session.scalars(WaitingPlace.all_waiting()).all())
