"""Processes die at every step of a purchase, and thirty hands press the same button: paid once, charged once, one receipt."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from html import unescape
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import func, select

from app.checkout.models import Order, bank
from app.lib.db import db
from app.lib.mail import PostedLetter
from tests.checkout.buying import GOOD, HIDDEN, Buyer
from tests.jobs.test_supervisor import processes, programs
from tests.servers import wait_until
from tests.site import Site

pytestmark = pytest.mark.timeout(240)
EMAIL = "nora@client.example"
HANDS = 30


class Wire:
    """A browser without scripts on the other end of a line that may break; it then does what people do, and tries again."""

    def __init__(self, site: Site) -> None:
        self.site, self.session = site, requests.Session()
        self.session.mount("http://", HTTPAdapter(pool_maxsize=HANDS, pool_block=True))
        self.aim: Callable[[], Callable[[], None]] | None = None

    def get(self, path: str, **more: Any) -> Any:
        return self.patiently("GET", path, **more)

    def post(self, path: str, **more: Any) -> Any:
        if self.aim is not None:
            threading.Thread(target=self.aim()).start()
        return self.patiently("POST", path, **more)

    def patiently(self, method: str, path: str, **more: Any) -> Any:
        until = time.monotonic() + 60
        while True:
            try:
                answer = self.session.request(method, self.site.url + path, allow_redirects=False, timeout=30, **more)
                if answer.status_code < 500:
                    return answer
            except requests.RequestException:
                pass
            assert time.monotonic() < until, "the site did not come back"
            time.sleep(0.2)


def ledger(site: Site) -> tuple[str, list[tuple[int, str]], int, int]:
    """The order's state, its payments, what the bank took in all, and how many receipts went out."""
    with site.app.app_context():
        order = db.session.scalars(select(Order)).one()
        payments = [(payment.number, payment.state) for payment in order.payments]
        taken = db.session.scalar(select(func.sum(bank.SandboxCharge.cents)).where(bank.SandboxCharge.state == "succeeded")) or 0
        receipts = db.session.scalar(select(func.count(PostedLetter.id)).where(PostedLetter.to == EMAIL)) or 0
        found = (order.state, payments, taken - sum(one.cents for one in order.payments if one.state == "succeeded"), receipts)
        db.session.remove()
        return found


PAID = ("paid", [(1, "succeeded")], 0, 1)


@pytest.mark.parametrize("victim", ["gunicorn", "jobs.worker"])
def test_a_process_dies_at_every_step_of_a_purchase(live_server: Site, victim: str) -> None:
    wire = Wire(live_server)
    delays = iter((0.0, 0.004, 0.008, 0.012, 0.02, 0.03))

    def aim() -> Callable[[], None]:
        wait_until(lambda: any(victim in command for command in programs(live_server).values()), victim, 60)
        targets, delay = processes(live_server, victim), next(delays, 0.01)

        def shoot() -> None:
            time.sleep(delay)
            for target in targets:
                with suppress(ProcessLookupError):
                    os.kill(target, signal.SIGKILL)

        return shoot

    buyer = Buyer(wire, "own-practice")  # type: ignore[arg-type]
    wire.aim = aim
    buyer.you(email=EMAIL, profession="therapist")
    buyer.plan("card")
    buyer.agree()
    answer = buyer.card()
    wire.aim = None
    assert answer.status_code == 200
    wait_until(lambda: ledger(live_server) == PAID, "the order to be paid once, with one receipt", 90)
    time.sleep(3)
    assert ledger(live_server) == PAID


def test_thirty_hands_on_one_button_pay_once(sites: Callable[[str], Site], database: str) -> None:
    site = sites(database)
    site.empty()
    wire = Wire(site)
    buyer = Buyer(wire, "own-practice")  # type: ignore[arg-type]
    buyer.you(email=EMAIL, profession="therapist")
    page = buyer.plan("card")
    form = {name: unescape(value) for name, value in HIDDEN.findall(page.text)}
    answers = together(lambda: wire.post("/checkout/own-practice/payment", data={**form, "agree": "y"}))
    ways = {answer.headers["Location"] for answer in answers if answer.status_code == 303}
    assert len(ways) == 1 and {answer.status_code for answer in answers} == {303}
    page = buyer.follow(answers[0])
    form = {name: unescape(value) for name, value in HIDDEN.findall(page.text)}
    path = f"{buyer.session_path}/payment"
    together(lambda: wire.post(path, data={**form, "number": GOOD}))
    buyer.go("/checkout/own-practice/plan")
    wait_until(lambda: ledger(site) == PAID, "the order to be paid once, with one receipt", 60)


def together(deed: Callable[[], Any]) -> list[Any]:
    """Let all hands do it at the same moment."""
    start = threading.Barrier(HANDS)

    def one(_number: int) -> Any:
        start.wait()
        return deed()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(one, range(HANDS)))
