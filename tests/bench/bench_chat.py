"""Chat: from a POST to the other browser's socket, opening a thread, catching up, and finding words among a million entries."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from flask import Flask
from sqlalchemy import delete, func, select
from websockets.asyncio.client import connect

from app import create_app
from app.accounts.models import Person
from app.conversations.models import Conversation, matching
from app.inbox import listing, query, views
from app.lib import clock
from app.lib.db import add, db, unit_of_work
from app.lib.outbox import Errand
from tests import cast, machine
from tests.bench import million
from tests.bench.load import bare_ms, cpu_ms, served, site
from tests.bench.table import Row, at_most, beside, note
from tests.databases import SERVER, fresh_database
from tests.servers import Postgres, wait_until
from tests.site import Site

TALKS, RATE, SECONDS, POSTERS = 80, 50, 16, 8
LINES = 50
MILLION, FEW = 1_000_000, 10_000
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
MARK = re.compile(r'id="m-([0-9a-f-]{36})"')
KEY = "a key for benchmarks only, long enough"


@dataclass
class Visit:
    """A visitor's browser in a conversation of their own."""

    reference: str
    cookie: str
    token: str


def run() -> list[Row]:
    running = site()
    with running.app.app_context():
        with unit_of_work():
            people = [begun(number) for number in range(TALKS)]
        outbox_done()
    visits = [visit(running.app, person, reference) for person, reference in people]
    with running.app.app_context():
        rows = [*delivery(running, visits), *thread(running, visits[0])]
        with unit_of_work():
            db.session.execute(delete(Conversation))
        db.session.remove()
    rows += searching("sqlite")
    return rows + searching("postgresql") if machine.postgres_bin() else rows


def begun(number: int) -> tuple[int, str]:
    """A customer with a chat, by their id and its reference; the first one's has fifty entries."""
    person = add(Person(name=f"Visitor {number}", email=f"bench-{uuid4()}@customer.example", role="customer"))
    talk = Conversation.open(person, "chat", owner="none")
    for line in range(1 if number else LINES):
        talk.say(person, f"Line {line}: what does the growth programme cost for a practice of two?")
    return person.id, talk.reference


def outbox_done() -> None:
    """Wait for what follows from the conversations, so that it is not measured with what comes."""
    waiting = select(func.count(Errand.id)).where(Errand.state.in_(("waiting", "running")), Errand.due_at <= clock.now())

    def done() -> bool:
        # Ended at once: on SQLite even a look holds the lock that the workers wait for.
        left = db.session.scalar(waiting)
        db.session.rollback()
        return not left

    wait_until(done, "an empty outbox", 300)
    db.session.rollback()


def visit(app: Flask, person_id: int, reference: str) -> Visit:
    with app.app_context():
        browser = cast.signed_in(app, db.session.get_one(Person, person_id))
    # Outside the context above: a request shares its `g`, and with it who nobody was when it was first asked.
    found = TOKEN.search(browser.get(f"/chat/{reference}").get_data(as_text=True))
    cookie = "; ".join(f"{one.key}={one.value}" for one in browser._cookies.values())
    return Visit(reference, cookie, found[1] if found else "")


def delivery(running: Site, visits: list[Visit]) -> list[Row]:
    """POSTs at an even pace; each is over when the frame with its message reaches the socket of the other open browser."""
    waits, lost = asyncio.run(talking(running.url, visits))
    cuts = quantiles(waits, n=100)
    return [
        at_most(f"message to the other browser at {RATE}/s, p99", cuts[98] * 1000, "ms", 30),
        note("the same, median", cuts[49] * 1000, "ms"),
        at_most("messages that never came", lost, "", 0),
    ]


async def talking(url: str, visits: list[Visit]) -> tuple[list[float], int]:
    sent: dict[str, float] = {}
    came: dict[str, float] = {}
    ready = asyncio.Semaphore(0)
    listening = [asyncio.create_task(listen(url, one, came, ready)) for one in visits]
    for _ in visits:
        await ready.acquire()
    with ThreadPoolExecutor(POSTERS) as pool:
        turns = [asyncio.get_running_loop().run_in_executor(pool, post_all, url, visits, sent, first) for first in range(POSTERS)]
        await asyncio.gather(*turns)
    await asyncio.sleep(1)
    for task in listening:
        task.cancel()
    return [came[key] - sent[key] for key in sent if key in came], len(sent.keys() - came.keys())


async def listen(url: str, one: Visit, came: dict[str, float], ready: asyncio.Semaphore) -> None:
    address = f"{url.replace('http', 'ws', 1)}/chat/{one.reference}/live"
    async with connect(address, additional_headers={"Cookie": one.cookie, "Origin": url}) as socket:
        ready.release()
        async for frame in socket:
            for key in MARK.findall(str(frame)):
                came.setdefault(key, time.perf_counter())


def post_all(url: str, visits: list[Visit], sent: dict[str, float], first: int) -> None:
    """Every POSTERS-th message of the run, each at its moment."""
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    begin = time.perf_counter()
    for number in range(first, RATE * SECONDS, POSTERS):
        time.sleep(max(0.0, begin + number / RATE - time.perf_counter()))
        one, key = visits[number % len(visits)], str(uuid4())
        body = urlencode({"words": f"Message {number}", "client_id": key, "csrf_token": one.token})
        headers = {"Cookie": one.cookie, "Content-Type": "application/x-www-form-urlencoded", "HX-Request-Type": "partial", "Origin": url}
        sent[key] = time.perf_counter()
        line.request("POST", f"/chat/{one.reference}/entries", body, headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"a message was answered with {answer.status}")
    line.close()


def thread(running: Site, one: Visit) -> list[Row]:
    web, headers = served(running), {"Cookie": one.cookie, "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "chat-room"}
    line = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=30)
    line.request("GET", f"/chat/{one.reference}", headers=headers)
    weight = len(line.getresponse().read()) / 1000
    line.close()
    since = f"/chat/{one.reference}/since/{LINES - 10}"
    return [
        at_most("a thread of 50 entries in the panel, HTML", weight, "kB", 60),
        beside("opening it", cpu_ms(web, f"/chat/{one.reference}", 400, headers), "ms CPU", "bare Flask page", bare_ms(), 20),
        beside("catching up on a few entries", cpu_ms(web, since, 400, headers), "ms CPU", "bare Flask page", bare_ms(), 12),
    ]


QUERIES = {"a rare word": "zeppelin", "a common word": "price", "two common words": "price letter", "the beginning of a word": "zepp"}


def searching(kind: str) -> list[Row]:
    """The newest fifty entries with some words, and the desk's search with them, among ten thousand entries and among a million."""
    rows: list[Row] = []
    with fresh(kind) as app, app.app_context():
        million.begin()
        few = measured(lambda: million.write(0, FEW))
        print(f"chat: writing a million entries into {kind}, a minute or two", flush=True)
        many = measured(lambda: million.write(FEW, MILLION))
        for name in few:
            rows.append(beside(f"{name} in 1,000,000 entries, {kind}", many[name], "ms", "in 10,000", few[name], 100))
        rows.append(at_most(f"the slowest of them, {kind}", max(many[name] for name in QUERIES), "ms", 100))
        rows.append(at_most(f"the slowest at the desk, {kind}", max(many.values()), "ms", 1000))
        db.session.remove()
        db.engine.dispose()
    return rows


def measured(fill: Callable[[], None]) -> dict[str, float]:
    db.session.rollback()  # what was looked up before would keep the writer out
    fill()
    found = {name: median(one_search(words) for _ in range(15)) for name, words in QUERIES.items()}
    return found | {f"at the desk, {name}": median(at_the_desk(words) for _ in range(7)) for name, words in QUERIES.items()}


def one_search(words: str) -> float:
    began = time.perf_counter()
    db.session.scalars(matching(words, 50)).all()
    return (time.perf_counter() - began) * 1000


def at_the_desk(words: str) -> float:
    """Milliseconds to the rows of the first page that an agent gets for these words."""
    began, me = time.perf_counter(), cast.person("grace")
    asked = query.read(words, me)
    asked.conditions.extend(listing.holds_all(asked.words))
    listing.lines(views.EVERYTHING, me, asked)
    return (time.perf_counter() - began) * 1000


@contextmanager
def fresh(kind: str) -> Iterator[Flask]:
    """An app on a new database of the wished kind, on a PostgreSQL of its own."""
    folder = Path(tempfile.mkdtemp(prefix="fd-bench-search-"))
    server = Postgres().start() if kind == "postgresql" else None
    before = os.environ.get(SERVER)
    try:
        if server is not None:
            os.environ[SERVER] = server.url
        app = create_app(env="test", instance_dir=str(folder), database_url=fresh_database(kind, folder, "bench_search"), secret_key=KEY)
        with app.app_context():
            db.create_all()
        yield app
    finally:
        if server is not None:
            server.stop()
            os.environ.pop(SERVER)
        if before is not None:
            os.environ[SERVER] = before
        shutil.rmtree(folder, ignore_errors=True)
