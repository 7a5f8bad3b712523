"""Routes: each says whom it serves. Who is not served is refused, whatever the address names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.accounts.models import Person
from app.lib.access import serves
from app.lib.numbers import RowNumbers

VALUES = {"RowNumbers": 1, "FloatConverter": 1.0, "UUIDConverter": "00000000-0000-0000-0000-000000000001"}
REFUSED = {400, 401, 403, 421, 503}


def doors(app: Flask, *wanted: str | None) -> list[tuple[Rule, str]]:
    """The rules whose views serve one of `wanted`, each with each of its methods."""
    rules = [rule for rule in app.url_map.iter_rules() if serves(app, rule.endpoint) in wanted and not rule.websocket]
    return [(rule, method) for rule in rules for method in sorted(rule.methods or ()) if method not in {"HEAD", "OPTIONS"}]


def address(app: Flask, rule: Rule, method: str, number: int = 1) -> str:
    """An address of this rule, with some value in each place: whoever is refused is refused whatever it names."""
    some = VALUES | {"RowNumbers": number}
    values: dict[str, Any] = {name: some.get(type(kind).__name__, "x") for name, kind in rule._converters.items()}
    return str(app.url_map.bind("localhost").build(rule.endpoint, values, method=method))


def refused(app: Flask, client: FlaskClient, rule: Rule, method: str) -> bool:
    answer = client.open(address(app, rule, method), method=method)
    to_sign_in = answer.status_code == 303 and "sign-in" in answer.headers.get("Location", "")
    return to_sign_in or answer.status_code in REFUSED


def open_doors(app: Flask, client: FlaskClient, *wanted: str) -> list[str]:
    return [f"{method} {rule}" for rule, method in doors(app, *wanted) if not refused(app, client, rule, method)]


def test_every_view_says_whom_it_serves(app: Flask) -> None:
    assert sorted(rule.endpoint for rule in app.url_map.iter_rules() if serves(app, rule.endpoint) is None) == []


def test_only_known_kinds_of_people_are_served(app: Flask) -> None:
    kinds = {serves(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert kinds <= {"everybody", "customer", "agent", "editor", "admin"}


def test_a_stranger_is_refused_where_somebody_is_needed(app: Flask, client: FlaskClient) -> None:
    if "accounts.new_session" not in app.view_functions:
        pytest.skip("there is no sign-in yet to send a stranger to")
    assert open_doors(app, client, "customer", "agent", "editor", "admin") == []


def test_a_customer_is_refused_at_the_desk(app: Flask, eve: Person, client_of: Callable[[Person], FlaskClient]) -> None:
    assert open_doors(app, client_of(eve), "agent", "editor", "admin") == []


def test_an_agent_is_refused_where_an_admin_is_needed(app: Flask, grace: Person, client_of: Callable[[Person], FlaskClient]) -> None:
    assert open_doors(app, client_of(grace), "admin") == []


@pytest.mark.parametrize("number", [2**31, 10**30])
def test_a_number_that_no_row_can_have_is_no_address(
    app: Flask, linus: Person, client_of: Callable[[Person], FlaskClient], number: int
) -> None:
    numbered = [rule for rule in app.url_map.iter_rules() if any(isinstance(kind, RowNumbers) for kind in rule._converters.values())]
    client, answered = client_of(linus), {}
    for rule in (rule for rule in numbered if not rule.websocket and "GET" in (rule.methods or ())):
        place = address(app, rule, "GET", number)
        answered[place] = client.get(place).status_code
    assert len(answered) > 20 and set(answered.values()) <= {404, 405}, answered
