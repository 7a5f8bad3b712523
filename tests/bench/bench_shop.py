"""What the pages cost on which people book and buy, against a bare Flask page; and free times of ten hosts over sixty days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from time import process_time

from app.accounts.models import Person
from app.consults.availability import free_starts
from app.consults.diary import schedules
from app.consults.models import ConsultType, Host, WeeklyWindow, find_type
from app.consults.walltime import epoch
from app.lib import clock
from app.lib.db import add, unit_of_work
from tests.bench.load import bare_ms, cpu_ms, served, site
from tests.bench.table import Row, at_most, beside

GOAL = 4
HOSTS, DAYS = 10, 60
TYPE = "therapist"
PAGES = {
    "checkout, first step": "/checkout/steady-caseload",
    "consult types": "/book",
    "free times": f"/book/{TYPE}",
}


def run() -> list[Row]:
    hosts()
    web = served(site())
    pages = [
        beside(f"{name}, a stranger", cpu_ms(web, path, 400), "ms CPU", "bare Flask page", bare_ms(), GOAL) for name, path in PAGES.items()
    ]
    return [*pages, at_most(f"free times of {HOSTS} hosts over {DAYS} days", availability_ms(), "ms CPU", 50)]


@cache
def hosts() -> None:
    """Ten people who hold consults on weekdays, seven hours a day."""
    with site().app.app_context(), unit_of_work():
        for number in range(HOSTS):
            person = add(Person(name=f"Host {number}", email=f"host{number}@northlight.example", role="agent"))
            host = add(Host(person_id=person.id, timezone="America/New_York", phone="+1 555 0100", skills=list(kind_of().wanted_skills)))
            host.windows += [WeeklyWindow(weekday=day, start=start, end=start + 210) for day in range(5) for start in (540, 810)]


def kind_of() -> ConsultType:
    kind = find_type(TYPE)
    if kind is None:
        raise LookupError(f"There is no consult type {TYPE!r}.")
    return kind


def availability_ms() -> float:
    """CPU milliseconds for reading the diaries and working out every free start, the least of five."""
    with site().app.app_context():
        kind = kind_of()
        people = Host.holding(kind)[:HOSTS]
        if len(people) < HOSTS:
            raise LookupError(f"Only {len(people)} people hold {TYPE!r}.")
        return min(one_look(kind, people) for _ in range(5))


def one_look(kind: ConsultType, people: list[Host]) -> float:
    begun, now = process_time(), clock.now()
    since, until = epoch(now), epoch(now + timedelta(days=DAYS))
    rules = replace(kind.rules, window_days=DAYS)
    for schedule in schedules(kind, people, since, until).values():
        free_starts(schedule, rules, since, since, until)
    return (process_time() - begun) * 1000
