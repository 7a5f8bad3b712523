"""The second step: switched on with a phone, asked for after every proof, never taken twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import factors
from app.accounts.factors import RecoveryCode
from app.accounts.models import Person
from app.lib import clock, limits
from app.lib.db import db, unit_of_work
from tests.accounts.letters import letters_to, link_in
from tests.cast import PASSWORD

ClientOf = Callable[[Person], FlaskClient]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def noon(app: Flask) -> Iterator[None]:
    with clock.at(datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)):
        yield


def code(ahead: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(clock.now() + timedelta(seconds=30 * ahead))


@pytest.fixture
def codes(grace: Person) -> list[str]:
    """Grace with a second step; gives her recovery codes."""
    with unit_of_work():
        found = factors.enrol(grace, SECRET, code(-1))
    return found


def half(browser: FlaskClient) -> FlaskClient:
    answer = browser.post("/sign-in", data={"email": "grace@northlight.example", "password": PASSWORD, "next": "/account/sessions"})
    assert answer.headers["Location"] == "/sign-in/code"
    return browser


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200


def test_a_password_alone_opens_nothing(client: FlaskClient, codes: list[str]) -> None:
    half(client)
    assert not is_in(client)
    assert client.get("/sign-in/code").status_code == 200
    answer = client.post("/sign-in/code", data={"code": code()})
    assert answer.headers["Location"] == "/account/sessions" and is_in(client)


def test_a_link_alone_opens_nothing_either(client: FlaskClient, codes: list[str]) -> None:
    client.post("/sign-in/link", data={"email": "grace@northlight.example"})
    assert client.post(link_in(letters_to("grace@northlight.example")[0])).headers["Location"] == "/sign-in/code"
    assert not is_in(client)


def test_a_new_password_does_not_go_round_it(client: FlaskClient, codes: list[str]) -> None:
    client.post("/sign-in/password", data={"email": "grace@northlight.example"})
    link = link_in(letters_to("grace@northlight.example")[0])
    assert client.post(link, data={"password": "a whole new password"}).headers["Location"] == "/sign-in/code"
    assert not is_in(client)


def test_the_same_code_is_not_taken_twice(app: Flask, client: FlaskClient, codes: list[str]) -> None:
    now = code()
    half(client).post("/sign-in/code", data={"code": now})
    thief = half(app.test_client())
    assert thief.post("/sign-in/code", data={"code": now}).status_code == 422
    assert not is_in(thief)


def test_a_clock_a_little_off_is_forgiven_and_no_more(client: FlaskClient, codes: list[str]) -> None:
    half(client)
    for wrong in (code(-2), code(2), "000000", "", "abcdef", "١٢٣٤٥٦"):
        assert client.post("/sign-in/code", data={"code": wrong}).status_code in {422, 429}
        limits.limiter.reset()
    assert client.post("/sign-in/code", data={"code": f" {code(1)[:3]} {code(1)[3:]} "}).status_code == 303


def test_five_wrong_codes_and_one_must_wait(app: Flask, codes: list[str]) -> None:
    def knock(n: int) -> int:
        browser = half(app.test_client())
        return browser.post("/sign-in/code", data={"code": "000000"}, environ_base={"REMOTE_ADDR": f"10.0.0.{n}"}).status_code

    assert [knock(n) for n in range(7)] == [422] * 5 + [429] * 2


def test_a_recovery_code_opens_once(app: Flask, client: FlaskClient, codes: list[str], grace: Person) -> None:
    assert len(set(codes)) == 10 and all(re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", one) for one in codes)
    half(client).post("/sign-in/code", data={"code": codes[0].upper().replace("-", " ")})
    assert is_in(client) and RecoveryCode.left(grace) == 9
    assert half(app.test_client()).post("/sign-in/code", data={"code": codes[0]}).status_code == 422


def test_the_half_way_state_is_gone_after_ten_minutes(client: FlaskClient, codes: list[str]) -> None:
    half(client)
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert client.get("/sign-in/code").headers["Location"] == "/sign-in"
        assert client.post("/sign-in/code", data={"code": code()}).headers["Location"] == "/sign-in"


def test_nobody_is_half_way_without_a_password(client: FlaskClient, codes: list[str]) -> None:
    assert client.post("/sign-in/code", data={"code": code()}).headers["Location"] == "/sign-in"
    assert not is_in(client)


def test_it_is_switched_on_with_a_code_and_off_with_another(client_of: ClientOf, ada: Person) -> None:
    browser = client_of(ada)
    page = browser.get("/account/security/second-step").get_data(as_text=True)
    key, secret = re.search(r'name="key" value="([^"]+)"', page), re.search(r'class="mono">([A-Z2-7 ]+)<', page)
    assert key and secret and "data:image/svg" in page
    phone = pyotp.TOTP(secret[1].replace(" ", ""))
    assert browser.post("/account/security/second-step", data={"key": key[1], "code": "000000"}).status_code == 422
    answer = browser.post("/account/security/second-step", data={"key": key[1], "code": phone.at(clock.now())})
    assert answer.status_code == 200 and answer.get_data(as_text=True).count("<li>") >= 10
    db.session.refresh(ada)
    assert ada.has_second_step and secret[1].replace(" ", "").encode() not in (ada.totp_secret or b"")
    assert browser.post("/account/security/second-step/removal", data={"code": "000000"}).status_code == 422
    browser.post("/account/security/second-step/removal", data={"code": phone.at(clock.now() + timedelta(seconds=30))})
    db.session.refresh(ada)
    assert not ada.has_second_step and RecoveryCode.left(ada) == 0
    assert [("switched on" in one.text, "switched off" in one.text) for one in letters_to("ada@customer.example")] == [
        (True, False),
        (False, True),
    ]


def test_a_key_made_for_ada_is_nothing_to_eve(client_of: ClientOf, ada: Person, eve: Person) -> None:
    page = client_of(ada).get("/account/security/second-step").get_data(as_text=True)
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    answer = client_of(eve).post("/account/security/second-step", data={"key": key[1], "code": "123456"})
    assert answer.headers["Location"] == "/account/security/second-step"


def test_fresh_recovery_codes_end_the_old_ones(client_of: ClientOf, codes: list[str], grace: Person) -> None:
    page = client_of(grace).post("/account/security/recovery-codes", data={"code": code()}).get_data(as_text=True)
    assert codes[0] not in page and not RecoveryCode.spend(grace, codes[0])
    assert client_of(grace).post("/account/security/recovery-codes", data={"code": "1"}).status_code == 422
