"""Deposits: after a missed consult the next one is paid for first, stands when the money is here, and goes back once it was held."""

from __future__ import annotations

import importlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Person
from app.checkout.gateways import Declined
from app.checkout.models import Order, Payment, Refund
from app.checkout.sandbox.bank import SandboxChaos, SandboxCharge, SandboxSession
from app.checkout.sandbox.gateway import end_dispute, open_dispute
from app.consults.models import Booking, Deposit, find_type
from app.consults.policy import asked_first
from app.consults.typefile import problems
from app.lib import clock
from app.lib.db import db, unit_of_work
from app.lib.mail import PostedLetter
from app.lib.outbox import drain
from tests.checkout.buying import DECLINED, GOOD
from tests.consults.conftest import Hosts, WriteType, at
from tests.consults.test_booking_elsewhere import Browser
from tests.consults.test_booking_pages import NORA, hold, letters
from tests.consults.test_bookings import booked, held, intro
from tests.together import meeting, together

TEN, WEDNESDAY = at("2026-12-07 10:00"), at("2026-12-09 10:00")
ASKED = {"after": 1, "then": "deposit", "deposit": 25}
MAIL = "Nora@example.com"


@pytest.fixture(autouse=True)
def missed(write_type: WriteType, hosts: Hosts, grace: Person) -> None:
    """The type asks for a deposit of $25, and Nora did not come on Monday."""
    write_type("intro", no_shows=ASKED, series=3, ahead="60 days")
    with unit_of_work():
        booked(TEN, email=MAIL).record(came=False, result="", by=grace)
    drain()


def asked(client: FlaskClient, start: int = WEDNESDAY, **more: str) -> str:
    """Pick a time and say who it is for; gives the address of the deposit's page."""
    answer = client.post(hold(client, start).partition("?")[0], data={**NORA, **more})
    assert answer.status_code == 303 and answer.location.endswith("/deposit"), answer.location
    return str(answer.location)


def pay(client: FlaskClient, address: str, number: str = GOOD) -> str:
    """Agree, and type the card on the gateway's page; gives where that leads."""
    at_bank = to_the_bank(client, address)
    client.post(f"{at_bank}/payment", data={"number": number})
    return str(client.get(at_bank, follow_redirects=True).request.path)


def to_the_bank(client: FlaskClient, address: str) -> str:
    answer = client.post(address, data={"shown": shown(client, address)})
    while answer.status_code == 303 and "/sandbox/" not in answer.location:
        answer = client.get(answer.location)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def shown(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def newest() -> Booking:
    db.session.rollback()
    return db.session.scalars(select(Booking).order_by(Booking.id.desc())).first()  # type: ignore[return-value]


def deposit() -> Deposit:
    db.session.rollback()
    return db.session.scalars(select(Deposit)).one()


def subjects(before: int = 0) -> list[str]:
    return [letter.subject for letter in letters(MAIL)[before:]]


def gone_back() -> list[tuple[int, str]]:
    drain()
    db.session.rollback()
    return [(refund.cents, refund.state) for refund in db.session.scalars(select(Refund))]


def test_whoever_missed_a_consult_pays_a_deposit_and_then_is_booked(client: FlaskClient) -> None:
    before = len(subjects())
    address = asked(client)
    page = client.get(address).text
    assert "A deposit of" in page and "$25" in page and "Wednesday, 9 December" in page and "at the latest 3 days after it" in page
    assert newest().state == "held" and db.session.scalar(select(Order.id)) is None
    assert pay(client, address) == address
    assert "has arrived" in client.get(address).text
    drain()
    assert newest().state == "booked" and deposit().state == "paid"
    answer = client.get(address, follow_redirects=True)
    assert "You are booked, Nora" in answer.text and "Your deposit of" in answer.text
    assert subjects(before) == ["You are booked: Wednesday, 9 December, 10:00 am"]
    assert letters(MAIL.lower())[0].subject.startswith("Your receipt from")
    assert any("Your deposit of $25 goes back" in letter.text for letter in letters(MAIL))


def test_whoever_never_missed_one_pays_nothing(client: FlaskClient) -> None:
    assert client.post(hold(client, WEDNESDAY), data={**NORA, "email": "eve@elsewhere.example"}).status_code == 303
    assert newest().state == "booked" and db.session.scalar(select(Deposit.id)) is None


def test_an_unpaid_deposit_lets_the_hold_lapse_and_its_payment_page_is_closed(client: FlaskClient) -> None:
    at_bank = to_the_bank(client, asked(client))
    clock.forward(timedelta(minutes=11))
    drain()
    assert newest().state == "lapsed" and db.session.scalars(select(SandboxSession.state)).one() == "expired"
    client.post(f"{at_bank}/payment", data={"number": GOOD})
    drain()
    assert newest().state == "lapsed" and deposit().state == "open" and gone_back() == []


def test_a_hold_that_lapsed_is_taken_anew_by_paying_after_all(client: FlaskClient) -> None:
    address = asked(client)
    to_the_bank(client, address)
    clock.forward(timedelta(minutes=11))
    drain()
    pay(client, address)
    drain()
    assert newest().state == "booked" and deposit().state == "paid"


def test_nothing_is_charged_for_a_time_that_somebody_else_took(client: FlaskClient) -> None:
    address = asked(client)
    clock.forward(timedelta(minutes=11))
    drain()
    booked(WEDNESDAY), booked(WEDNESDAY)
    answer = client.post(address, data={"shown": shown(client, address)})
    assert answer.status_code == 409 and "was taken meanwhile. Nothing was charged." in answer.text
    assert db.session.scalar(select(Order.id)) is None


def test_money_that_came_within_the_hold_counts_though_its_news_comes_after_it(client: FlaskClient) -> None:
    at_bank = to_the_bank(client, asked(client))
    with unit_of_work():
        SandboxChaos.switch(drop=True)
    client.post(f"{at_bank}/payment", data={"number": GOOD})
    clock.forward(timedelta(minutes=11))
    drain()
    assert newest().state == "booked" and gone_back() == []


def pay_too_late(client: FlaskClient, address: str) -> None:
    at_bank = to_the_bank(client, address)
    with unit_of_work():
        newest().let_go()
    client.post(f"{at_bank}/payment", data={"number": GOOD})
    drain()


def test_money_that_comes_after_the_time_was_given_up_goes_back(client: FlaskClient) -> None:
    before, address = len(subjects()), asked(client)
    pay_too_late(client, address)
    assert newest().state == "lapsed" and gone_back() == [(2500, "done")] and deposit().state == "returned"
    assert "This time is not booked" in client.get(address).text
    assert "Not booked: Wednesday, 9 December, 10:00 am" in subjects(before)
    assert not any("You are booked" in subject for subject in subjects(before))


def test_after_money_that_came_too_late_every_page_of_that_time_leads_to_other_times_and_none_holds_it(client: FlaskClient) -> None:
    address = asked(client)
    pay_too_late(client, address)
    details = address.removesuffix("/deposit")
    for answer in (client.get(details), client.post(details, data=NORA), client.post(address, data={"shown": "2500 USD"})):
        assert answer.location.endswith("/deposit")
    assert "This time is not booked" in client.get(address).text and newest().state == "lapsed"


def test_a_hold_whose_deposit_went_back_lapses_like_any_other(client: FlaskClient) -> None:
    address = asked(client)
    pay_too_late(client, address)
    with unit_of_work():
        newest().keep()
    clock.forward(timedelta(minutes=12))
    drain()
    assert newest().state == "lapsed"


def test_where_one_session_was_let_go_the_money_leaves_none_of_the_others_held(client: FlaskClient) -> None:
    starts = [str(WEDNESDAY + week * 7 * 86400) for week in range(3)]
    link = client.post("/book/intro/series", data={"session": starts, "weeks": "1", "tz": "America/New_York"}).location
    at_bank = to_the_bank(client, client.post(link, data=NORA).location)
    with unit_of_work():
        newest().let_go()
    client.post(f"{at_bank}/payment", data={"number": GOOD})
    drain()
    states = db.session.scalars(select(Booking.state).where(Booking.series_id.is_not(None))).all()
    assert states == ["lapsed"] * 3 and gone_back() == [(2500, "done")]


def test_choosing_another_time_closes_the_payment_page(client: FlaskClient) -> None:
    address = asked(client)
    to_the_bank(client, address)
    client.post(address.replace("/deposit", "/release"))
    drain()
    assert newest().state == "lapsed" and db.session.scalars(select(SandboxSession.state)).one() == "expired"


def test_choosing_another_time_in_an_old_window_changes_nothing_once_it_is_booked(client: FlaskClient) -> None:
    address = asked(client)
    pay(client, address)
    drain()
    client.post(address.replace("/deposit", "/release"))
    drain()
    assert newest().state == "booked" and gone_back() == []
    clock.forward(timedelta(days=5, hours=3))
    assert gone_back() == [(2500, "done")]


def test_paying_never_shortens_a_hold(client: FlaskClient) -> None:
    address = asked(client)
    with unit_of_work():
        newest().hold_until(clock.now() + timedelta(minutes=15))
    to_the_bank(client, address)
    clock.forward(timedelta(minutes=14))
    drain()
    assert newest().state == "held"


def test_two_windows_pay_once(client: FlaskClient) -> None:
    address = asked(client)
    first, second = to_the_bank(client, address), to_the_bank(client, address)
    assert first == second
    pay(client, address)
    drain()
    assert client.post(address, data={"shown": "2500 USD"}).location == address
    assert db.session.scalars(select(Order.state)).all() == ["paid"]


def test_two_windows_that_press_at_the_same_moment_come_to_one_payment(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = asked(client)
    browsers = [app.test_client(), app.test_client()]
    meeting(monkeypatch, Deposit, "of")
    answers = together(*[partial(one.post, address, data={"shown": "2500 USD"}) for one in browsers])
    assert [answer.status_code for answer in answers] == [303, 303] and answers[0].location == answers[1].location
    assert len(db.session.scalars(select(Order.id)).all()) == len(db.session.scalars(select(Payment.id)).all()) == 1


def confirming_meanwhile(app: Flask, monkeypatch: pytest.MonkeyPatch, place: str, name: str) -> None:
    """Let the news of the money be worked on in another process, once `name` of `place` has looked."""
    module = importlib.import_module(place)
    original = getattr(module, name)

    def work() -> None:
        with app.app_context():
            assert drain()

    def slow(*args: Any, **kwargs: Any) -> Any:
        answer = original(*args, **kwargs)
        monkeypatch.setattr(module, name, original)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(work).result(20)
        return answer

    monkeypatch.setattr(module, name, slow)


@pytest.mark.parametrize(
    ("place", "name", "pressed"),
    [
        ("app.consults.doors_deposit", "standing", ("", {"shown": "2500 USD"})),
        ("app.consults.doors_booking", "keep_files", ("details", {**NORA, "name": "Somebody Else"})),
        ("app.consults.doors_booking", "keep_files", ("details", {**NORA, "instead": str(WEDNESDAY + 86400)})),
    ],
)
def test_what_is_pressed_in_an_old_window_while_the_money_arrives_changes_nothing_of_what_is_booked(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, place: str, name: str, pressed: tuple[str, dict[str, str]]
) -> None:
    address = asked(client)
    client.post(f"{to_the_bank(client, address)}/payment", data={"number": GOOD})
    confirming_meanwhile(app, monkeypatch, place, name)
    client.post(address.removesuffix("/deposit") if pressed[0] else address, data=pressed[1])
    clock.forward(timedelta(minutes=12))
    drain()
    assert newest().state == "booked" and newest().start == WEDNESDAY and newest().name == NORA["name"]
    assert deposit().state == "paid" and gone_back() == []


def test_what_stands_is_not_kept_as_a_hold_again(client: FlaskClient) -> None:
    pay(client, asked(client))
    drain()
    with unit_of_work():
        assert not newest().keep()
    assert newest().state == "booked"


def test_another_window_that_gives_another_address_books_without_and_nobody_pays(client: FlaskClient) -> None:
    address = asked(client)
    at_bank = to_the_bank(client, address)
    client.post(address.removesuffix("/deposit"), data={**NORA, "email": "eve@elsewhere.example"})
    client.post(f"{at_bank}/payment", data={"number": GOOD})
    drain()
    assert newest().state == "booked" and gone_back() in ([], [(2500, "done")]) and deposit().state in {"open", "returned"}
    assert not any("Not booked" in subject for subject in subjects())


def test_a_sum_that_is_not_the_one_shown_is_not_charged(client: FlaskClient, write_type: WriteType) -> None:
    address = asked(client)
    for wrong in ("0 USD", "2500 EUR", "", "1 USD"):
        assert client.post(address, data={"shown": wrong}).location == address
    assert db.session.scalar(select(Order.id)) is None


def test_a_declined_card_leaves_the_time_held_and_may_be_tried_again(client: FlaskClient) -> None:
    address = asked(client)
    at_bank = to_the_bank(client, address)
    client.post(f"{at_bank}/payment", data={"number": DECLINED})
    drain()
    assert newest().state == "held"
    pay(client, address)
    drain()
    assert newest().state == "booked"


@pytest.mark.parametrize("by", ["visitor", "host"])
def test_a_consult_that_is_called_off_gives_the_deposit_back(client: FlaskClient, by: str) -> None:
    pay(client, asked(client))
    drain()
    assert "goes back to you" in client.get(f"/book/booking/{newest().token}/cancel").text
    with unit_of_work():
        newest().call_off(by)
    assert gone_back() == [(2500, "done")]
    assert "goes back the way it came" in client.get(f"/book/booking/{newest().token}").text


@pytest.mark.parametrize(("verdict", "back"), [("won", [(2500, "done")]), ("lost", [])])
def test_a_deposit_that_their_bank_asks_back_does_not_go_back_besides(
    client: FlaskClient, client_of: Browser, grace: Person, verdict: str, back: list[tuple[int, str]]
) -> None:
    pay(client, asked(client))
    drain()
    charge = db.session.scalars(select(SandboxCharge.id)).one()
    with unit_of_work():
        open_dispute(db.session.get_one(SandboxCharge, charge))
    clock.forward(timedelta(days=3))
    drain()
    with unit_of_work():
        newest().record(came=True, result="", by=grace)
    assert gone_back() == [] and deposit().state == "disputed"
    assert "is with your bank" in client.get(f"/book/booking/{newest().token}").text
    assert "disputed at their bank" in client_of(grace).get(f"/desk/consultations/{newest().id}").text
    clock.forward(timedelta(days=10))
    assert gone_back() == []
    with unit_of_work():
        end_dispute(db.session.get_one(SandboxCharge, charge), verdict)
    assert gone_back() == back


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_deposit_that_cannot_be_paid_back_is_told_to_the_firm_and_its_owner(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, client_of: Browser, grace: Person, when: str
) -> None:
    def refuse(*_: object) -> None:
        raise Declined("No balance.")

    monkeypatch.setattr("app.checkout.sandbox.gateway.Sandbox.refund", refuse)
    address = asked(client)
    if when == "after":
        pay(client, address)
        drain()
        with unit_of_work():
            newest().call_off("host")
    else:
        at_bank = to_the_bank(client, address)
        with unit_of_work():
            newest().let_go()
        client.post(f"{at_bank}/payment", data={"number": GOOD})
    assert gone_back() == [(2500, "failed")] and deposit().state == "owed"
    told = [letter for letter in db.session.scalars(select(PostedLetter)) if letter.subject.startswith("Not paid back")]
    assert len(told) == 1 and "$25 of order" in told[0].text and "No balance." in told[0].text
    seen = client.get(address, follow_redirects=True).text
    assert "could not be paid back yet" in seen and "goes back the way it came" not in seen
    assert "which failed" in client_of(grace).get(f"/desk/consultations/{newest().id}").text


@pytest.mark.parametrize(("came", "back"), [(True, [(2500, "done")]), (False, [])])
def test_a_consult_that_was_held_gives_it_back_and_a_missed_one_keeps_it(
    client: FlaskClient, grace: Person, came: bool, back: list[tuple[int, str]]
) -> None:
    pay(client, asked(client))
    drain()
    clock.forward(timedelta(days=3))
    with unit_of_work():
        newest().record(came=came, result="", by=grace)
    assert gone_back() == back
    clock.forward(timedelta(days=10))
    assert gone_back() == back and deposit().state == ("returned" if came else "kept")
    with unit_of_work():
        newest().record(came=True, result="", by=grace)
    assert gone_back() == [(2500, "done")], "a note that was wrong is mended, and nothing goes back twice"


def test_where_nobody_notes_anything_the_deposit_goes_back_three_days_later(client: FlaskClient) -> None:
    pay(client, asked(client))
    drain()
    with unit_of_work():
        newest().move(WEDNESDAY + 86400)
    drain()
    clock.forward(timedelta(days=5, hours=4))
    assert gone_back() == [], "it was moved, and so was this"
    clock.forward(timedelta(days=1))
    assert gone_back() == [(2500, "done")]


def test_a_series_has_one_deposit_and_one_letter(client: FlaskClient, client_of: Browser, grace: Person) -> None:
    before = len(subjects())
    starts = [str(WEDNESDAY + week * 7 * 86400) for week in range(3)]
    link = client.post("/book/intro/series", data={"session": starts, "weeks": "1", "tz": "America/New_York"}).location
    address = client.post(link, data=NORA).location
    assert "the first session" in client.get(address).text
    pay(client, address)
    assert len([subject for subject in subjects(before) if subject.startswith("You are booked")]) == 1
    sessions = db.session.scalars(select(Booking).where(Booking.series_id.is_not(None)).order_by(Booking.starts_at)).all()
    assert [session.state for session in sessions] == ["booked"] * 3
    desk, theirs = (client_of(grace).get(f"/desk/consultations/{sessions[0].id}").text, client.get(address, follow_redirects=True).text)
    assert "Their deposit goes back once no session of the series is left, or one was held." in desk
    assert "goes back once one session was held, or when all of them are cancelled in time." in theirs
    assert "goes back once one session was held, or when all of them are cancelled in time." in letters(MAIL)[-1].text
    for session in sessions:
        assert gone_back() == []
        with unit_of_work():
            session.call_off("visitor")
    assert gone_back() == [(2500, "done")]


def test_the_desk_sees_it_at_the_booking_and_a_deposit_makes_no_client(client: FlaskClient, client_of: Browser, grace: Person) -> None:
    pay(client, asked(client))
    drain()
    page = client_of(grace).get(f"/desk/consultations/{newest().id}").text
    assert "paid; goes back once they came" in page and f"/desk/orders/{deposit().order.number}" in page
    assert "Deposit: Free intro" in client_of(grace).get("/desk/orders").text
    assert client.get(f"/receipts/{deposit().order.number}").status_code == 200
    assert client_of(grace).get("/desk/reports/checkout").status_code == 200
    clock.forward(timedelta(days=3))
    with unit_of_work():
        newest().record(came=True, result="", by=grace)
    report = client_of(grace).get("/desk/consultations/report")
    assert report.status_code == 200


def test_where_the_gateway_takes_none_a_person_approves_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    another = held(WEDNESDAY, email=MAIL)
    assert asked_first(intro(), another) == "deposit"
    monkeypatch.setattr("app.checkout.sandbox.gateway.Sandbox.options", frozenset({"card"}))
    assert asked_first(intro(), another) == "approval"


def test_the_page_is_not_there_for_whom_nothing_is_asked(client: FlaskClient) -> None:
    address = hold(client, WEDNESDAY)
    assert client.get(f"{address.partition('?')[0]}/deposit").location.startswith(address.partition("?")[0])
    assert client.get("/book/hold/x/deposit").status_code == 404
    assert client.post("/book/hold/x/deposit").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"deposit": 0},
        {"deposit": -5},
        {"deposit": None},
        {"deposit": "lots"},
        {"currency": "dollars"},
        {"then": "approval"},
        {"deposit": 0.001},
    ],
)
def test_a_deposit_of_nothing_or_in_no_currency_is_refused(write_type: WriteType, wrong: dict[str, object]) -> None:
    write_type("broken", no_shows={**ASKED, **wrong})
    assert find_type("broken") is None and any(problem.path.endswith("broken.md") for problem in problems())
