"""Six digits by mail: ten minutes, three tries, three letters an hour; what a right one leads to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Link, Person
from app.accounts.proofs import EmailCode, TooOften
from app.accounts.signing import prove_by_code
from app.lib import clock
from app.lib.db import add, db, roll_back, unit_of_work
from tests.accounts.letters import code_in, letters_to

ADA = "ada@customer.example"


@pytest.fixture
def visitor(app: Flask) -> Person:
    with unit_of_work():
        return add(Person(name="Somebody", claimed_email=ADA))


def send(visitor: Person, email: str = ADA) -> str:
    with unit_of_work():
        EmailCode.send(visitor, email)
    return code_in(letters_to(email)[-1])


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_right_code_is_right_once(visitor: Person) -> None:
    code = send(visitor)
    assert EmailCode.check(visitor, ADA.upper(), f"{code[:3]} {code[3:]}")
    assert not EmailCode.check(visitor, ADA, code)


def test_three_tries_and_no_more_even_when_the_request_is_undone(visitor: Person) -> None:
    code = send(visitor)
    for _ in range(3):
        assert not EmailCode.check(visitor, ADA, other(code))
        roll_back()
    assert not EmailCode.check(visitor, ADA, code)


def test_ten_minutes_and_no_longer(visitor: Person) -> None:
    code = send(visitor)
    clock.forward(timedelta(minutes=10, seconds=1))
    assert not EmailCode.check(visitor, ADA, code)


def test_a_fresh_code_ends_the_one_before(visitor: Person) -> None:
    first, second = send(visitor), send(visitor)
    assert first == second or not EmailCode.check(visitor, ADA, first)
    assert EmailCode.check(visitor, ADA, second)


def test_a_mailbox_gets_three_an_hour_whoever_asks(visitor: Person, eve: Person) -> None:
    for who in (visitor, eve, visitor):
        send(who)
    with pytest.raises(TooOften):
        EmailCode.send(eve, ADA)
    clock.forward(timedelta(hours=1, seconds=1))
    send(visitor)


def test_a_code_is_good_for_its_visitor_and_its_address_only(visitor: Person, eve: Person) -> None:
    code = send(visitor)
    assert not EmailCode.check(eve, ADA, code)
    assert not EmailCode.check(visitor, "eve@elsewhere.example", code)
    assert EmailCode.check(visitor, ADA, code)


@pytest.mark.parametrize("code", ["", "abcdef", "１２３４５６", "\ud800", "0" * 5000])
def test_strange_codes_are_only_wrong(visitor: Person, code: str) -> None:
    send(visitor)
    assert not EmailCode.check(visitor, ADA, code)


def test_the_code_cannot_be_read_back_from_the_database(visitor: Person) -> None:
    code = send(visitor)
    assert code not in db.session.scalars(select(EmailCode)).one().code_digest


def test_a_proven_visitor_is_joined_to_the_person_whose_address_it_is(visitor: Person, ada: Person) -> None:
    code = send(visitor)
    with unit_of_work():
        assert prove_by_code(visitor, ADA, code) is ada
    assert ada.aliases() == [ada.id, visitor.id]
    assert db.session.scalars(select(Link)).one().proof == "code"


def test_a_new_address_opens_an_account(visitor: Person) -> None:
    code = send(visitor)
    with unit_of_work():
        person = prove_by_code(visitor, ADA, code)
    assert person is not None and (person.email, person.name, person.role) == (ADA, "Somebody", "customer")
    assert visitor.email is None


def test_a_wrong_code_joins_nobody(visitor: Person, ada: Person) -> None:
    assert prove_by_code(visitor, ADA, other(send(visitor))) is None
    assert ada.aliases() == [ada.id]


def test_a_closed_account_is_not_opened_by_a_code(visitor: Person, ada: Person) -> None:
    code = send(visitor)
    with unit_of_work():
        ada.active = False
    assert prove_by_code(visitor, ADA, code) is None and ada.aliases() == [ada.id]
