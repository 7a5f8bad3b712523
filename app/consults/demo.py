"""The demo firm's hosts: four advisers with their hours, holidays and time off."""

from __future__ import annotations

from datetime import timedelta

from app.accounts.models import Person
from app.consults.hosts import Host, TimeOff, WeeklyWindow
from app.lib import clock
from app.lib.db import add

Week = dict[int, tuple[tuple[int, int], ...]]
MORNING, AFTERNOON, EVENING = (540, 750), (810, 1050), (1080, 1200)
WHOLE: Week = {day: (MORNING, AFTERNOON) for day in range(5)}
OFFICE = "1200 Meridian Place NW, Suite 400, Washington, DC 20010"
ROOM = "https://meet.northlight.example/"


def fill() -> None:
    host(
        "Ruth Calloway",
        "ruth",
        ["therapists"],
        {**WHOLE, 2: (MORNING, AFTERNOON, EVENING)},
        "Fourteen years in private practice before this.",
    )
    host(
        "Ines Marchetti",
        "ines",
        ["therapists"],
        {0: (MORNING,), 1: (MORNING, AFTERNOON), 3: (AFTERNOON, EVENING)},
        "Will take out your adjectives.",
    )
    owen = host("Owen Adeyemi", "owen", ["physicians"], {**WHOLE, 4: (MORNING,)}, "Ran the numbers for forty practice openings.")
    host("Kirsten Vale", "kirsten", ["consultants"], {day: ((600, 780), (840, 1080)) for day in range(1, 5)}, "Sold bridges, literally.")
    away = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=12)
    owen.time_off.append(TimeOff(starts_at=away, ends_at=away + timedelta(days=2), words="Conference"))


def host(name: str, mailbox: str, skills: list[str], week: Week, about: str) -> Host:
    """An adviser who holds consults; a person without a password cannot sign in."""
    person = Person.open_account(f"{mailbox}@northlight.example", name, "agent")
    made = add(
        Host(
            person_id=person.id,
            timezone="America/New_York",
            skills=skills,
            about=about,
            phone="(202) 555-0142",
            video_url=ROOM + mailbox,
            office=OFFICE,
            per_day=10,
            holiday_country="US",
        )
    )
    made.windows = [WeeklyWindow(weekday=day, start=start, end=end) for day, windows in week.items() for start, end in windows]
    return made
