"""Addresses with letters beyond ASCII, as they are shown to somebody who decides whom to trust."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.lib.addresses import in_words, shown
from tests.mailroom.letters import arrive, mail


@pytest.mark.parametrize(
    "host",
    ["apple.com", "müller.example", "bücher.example", "xn--e1afmkfd.xn--p1ai", "ジャパン漢字abc.example", "пример.example"],
)
def test_a_domain_in_one_script_is_shown_as_its_owner_writes_it(host: str) -> None:
    assert shown(in_words(f"ada@{host}")) == in_words(f"ada@{host}")


@pytest.mark.parametrize("host", ["xn--80ak6aa92e.com", "xn--pple-43d.com", "mail.xn--pple-43d.com"])
def test_a_domain_that_could_be_taken_for_another_has_its_a_labels_beside_it(host: str) -> None:
    assert in_words(f"ada@{host}") != f"ada@{host}" and shown(in_words(f"ada@{host}")).endswith(f" ({host})")


def test_the_desk_sees_it_beside_the_sender(app: Flask, client_of: Callable[[Person], FlaskClient], grace: Person) -> None:
    row = arrive(mail(sender="support@xn--80ak6aa92e.com"))
    desk = client_of(grace)
    assert row.conversation is not None
    for page in (f"/desk/conversations/{row.conversation_id}", f"/desk/mail/{row.id}"):
        assert "(xn--80ak6aa92e.com)" in desk.get(page).text
