"""bin/race: eight processes fight for sixty times of one host. Prints booked, double-booked, errors, and how long an answer took.

It runs on the kind of database that DATABASE_URL names (SQLite without one), in tables of its own that are thrown away: with PostgreSQL
in a database named frontdesk_race on the same server.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import quantiles

import psycopg
from flask import Flask
from sqlalchemy import select

from app import create_app
from app.accounts.models import Person
from app.consults.models import Booking, Host, WeeklyWindow
from app.consults.offer import offer
from app.consults.seats import Seat
from app.consults.taking import Taken
from app.consults.typefile import offered_types
from app.consults.types import ConsultType
from app.lib.db import add, db, unit_of_work

RUNNERS, TIMES, APART = 8, 60, 3600
NAME = "frontdesk_race"
Score = tuple[int, int, int, list[float]]


def site(folder: str, url: str) -> Flask:
    return create_app(env="test", instance_dir=folder, database_url=url, secret_key="a key for races only, long enough", log_level="ERROR")


def scratch(folder: str) -> str:
    """The URL of an empty database of the configured kind."""
    given = os.environ.pop("DATABASE_URL", "")
    if not given.startswith("postgres"):
        return f"sqlite:///{folder}/race.db"
    plain = given.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {NAME} TEMPLATE template0 ENCODING 'UTF8'")
    base, _, query = plain.partition("?")
    return f"{base.rpartition('/')[0]}/{NAME}" + (f"?{query}" if query else "")


def set_up(app: Flask) -> list[int]:
    """One host who is there all week, and sixty starts that do not touch each other."""
    db.create_all()
    kind = contested()
    with unit_of_work():
        person = add(Person(name="Racing Host", email="race@northlight.example", role="agent"))
        host = add(Host(person_id=person.id, timezone="UTC", phone="+12025550100", skills=list(kind.wanted_skills)))
        host.windows += [WeeklyWindow(weekday=day, start=0, end=1440) for day in range(7)]
    starts: list[int] = []
    for start in offer(kind).starts:
        if not starts or start - starts[-1] >= APART:
            starts.append(start)
    return starts[:TIMES]


def contested() -> ConsultType:
    return next(kind for kind in offered_types() if not kind.is_set)


def fight(folder: str, url: str, starts: list[int], seed: int) -> Score:
    """Try to hold and confirm every start once, in an order of one's own."""
    app, won, lost, errors, waits = site(folder, url), 0, 0, 0, []
    mine = random.Random(seed).sample(starts, len(starts))
    with app.app_context():
        for start in mine:
            began = time.perf_counter()
            try:
                with unit_of_work():
                    Booking.hold(contested(), start, "UTC", name=f"Runner {seed}", email=f"r{seed}@race.example").confirm()
                won += 1
            except Taken:
                lost += 1
            except Exception as error:
                print(f"runner {seed}: {type(error).__name__}: {error}", file=sys.stderr)
                errors += 1
            waits.append((time.perf_counter() - began) * 1000)
            db.session.remove()
    return won, lost, errors, waits


def doubles() -> int:
    """Pairs of living bookings of one host whose blocked ranges overlap."""
    seats = db.session.scalars(select(Seat).where(Seat.is_living()).order_by(Seat.host_id, Seat.block_start)).all()
    return sum(one.host_id == two.host_id and two.block_start < one.block_end for one, two in pairwise(seats))


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        url = scratch(folder)
        app = site(folder, url)
        with app.app_context():
            starts = set_up(app)
            db.engine.dispose()
        with multiprocessing.get_context("spawn").Pool(RUNNERS) as pool:
            scores = pool.starmap(fight, [(folder, url, starts, seed) for seed in range(RUNNERS)])
        with app.app_context():
            double = doubles()
            db.session.remove()
            db.engine.dispose()
    return told(url, len(starts), scores, double)


def told(url: str, times: int, scores: list[Score], double: int) -> int:
    won, errors = sum(score[0] for score in scores), sum(score[2] for score in scores)
    cuts = quantiles([wait for score in scores for wait in score[3]], n=100)
    print(f"{Path(url).name if url.startswith('sqlite') else 'PostgreSQL'}: {RUNNERS} processes, {times} times, {RUNNERS * times} tries")
    print(f"booked {won}   double-booked {double}   errors {errors}   p50 {cuts[49]:.0f} ms   p99 {cuts[98]:.0f} ms")
    return 0 if won == times and not double and not errors else 1


if __name__ == "__main__":
    sys.exit(main())
