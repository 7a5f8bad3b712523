"""The grid: a week of one host as one type sees it, and for each time the rule that removes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request

from app.consults.availability import Reason, Schedule, why_not
from app.consults.desk_door import bp
from app.consults.diary import schedules
from app.consults.hosts import Host
from app.consults.reasons import Answer, answer
from app.consults.typefile import every_type
from app.consults.types import ConsultType
from app.consults.walltime import day_span, epoch, instant, local
from app.lib import clock
from app.lib.access import needs
from app.lib.db import db
from app.lib.page import page

FIRST, LAST, STEP = 6 * 60, 22 * 60, 30
SHORT = {
    "past": "over",
    "window": "too far",
    "hours": "closed",
    "override": "date",
    "booking": "booked",
}


@dataclass(frozen=True)
class Box:
    """One time of the grid: its start, and why it is not offered (None when it is)."""

    start: int
    reason: Reason | None

    @property
    def word(self) -> str:
        return "free" if self.reason is None else SHORT.get(self.reason.code, self.reason.code.replace("_", " "))


@bp.get("/grid")
@needs("agent")
def grid() -> Response:
    """Show the week, and when a time was clicked, why it is not offered and what would change that."""
    kinds = [kind for kind in every_type() if kind.outside is None]
    hosts = db.session.scalars(Host.everyone()).unique().all()
    kind = next((kind for kind in kinds if kind.slug == request.args.get("type")), kinds[0] if kinds else None)
    host = next((host for host in hosts if str(host.id) == request.args.get("host")), hosts[0] if hosts else None)
    if kind is None or host is None:
        return page("consults/desk/grid.html", kind=None, host=None, kinds=kinds, hosts=hosts)
    monday = wanted_monday(host.zone)
    start = request.args.get("start", "")
    rows, asked = boxes(kind, host, monday), asked_about(kind, host, int(start)) if start.isdecimal() and len(start) <= 11 else None
    days = [monday + timedelta(days=n) for n in range(7)]
    return page("consults/desk/grid.html", kind=kind, host=host, kinds=kinds, hosts=hosts, monday=monday, days=days, rows=rows, asked=asked)


def wanted_monday(zone: ZoneInfo) -> date:
    today = clock.now().astimezone(zone).date()
    try:
        day = datetime.strptime(request.args.get("week", ""), "%Y-%m-%d").date()
    except ValueError:
        day = today + timedelta(days=3 if today.weekday() >= 4 else 0)
    day = min(max(day, today - timedelta(days=400)), today + timedelta(days=500))
    return day - timedelta(days=day.weekday())


def schedule_of(kind: ConsultType, host: Host, since: int, until: int) -> Schedule:
    return schedules(kind, [host], since, until)[host.id]


def boxes(kind: ConsultType, host: Host, monday: date) -> list[tuple[str, list[Box]]]:
    """A row for each half hour of the day, with the label of its clock time and a box for each day of the week."""
    zone, now = host.zone, epoch(clock.now())
    schedule = schedule_of(kind, host, day_span(monday, zone)[0], day_span(monday + timedelta(days=6), zone)[1])
    rows = []
    for minute in range(FIRST, LAST, STEP):
        starts = [instant(monday + timedelta(days=n), minute, zone) for n in range(7)]
        rows.append((f"{minute // 60}:{minute % 60:02d}", [Box(start, verdict(kind, host, schedule, now, start)) for start in starts]))
    return rows


def verdict(kind: ConsultType, host: Host, schedule: Schedule, now: int, start: int) -> Reason | None:
    return Reason("skill") if not host.has_one_of(kind.wanted_skills) else why_not(schedule, kind.rules, now, start)


def asked_about(kind: ConsultType, host: Host, start: int) -> dict[str, Any]:
    """The clicked time: when it is, the rule that removes it with its remedy, and which other hosts could hold it."""
    schedule = schedule_of(kind, host, start - 86400, start + 86400)
    reason = verdict(kind, host, schedule, epoch(clock.now()), start)
    said: Answer | None = answer(reason, kind, host) if reason else None
    return {"start": start, "moment": local(start, host.zone), "answer": said, "others": others(kind, host, start)}


def others(kind: ConsultType, host: Host, start: int) -> list[Host]:
    rest = [other for other in Host.holding(kind) if other.id != host.id]
    found = schedules(kind, rest, start - 86400, start + 86400)
    return [other for other in rest if why_not(found[other.id], kind.rules, epoch(clock.now()), start, any_grid=kind.is_set) is None]
