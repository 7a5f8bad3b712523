"""An agent's own keys: kept with the account, refused when they make no sense, nobody else's business."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Person
from app.inbox.keys import OwnKeys
from app.lib.db import db

ClientOf = Callable[[Person], FlaskClient]


def kept(person: Person) -> tuple[bool, dict[str, str]]:
    db.session.expire_all()
    row = OwnKeys.of(person)
    return row.on, row.places


def test_keys_follow_the_agent_and_leave_the_others_as_they_were(client_of: ClientOf, grace: Person, linus: Person) -> None:
    assert client_of(grace).post("/desk/own-keys", data={"on": "yes", "places": '{"e": "q"}'}).status_code == 204
    assert kept(grace) == (True, {"e": "q"})
    page = client_of(grace).get("/desk/views/unassigned").text
    assert "&#34;e&#34;: &#34;q&#34;" in page
    assert kept(linus) == (True, {})
    client_of(grace).post("/desk/own-keys", data={"on": "no", "places": "{}"})
    assert kept(grace) == (False, {})


@pytest.mark.parametrize("places", ["[1]", "nonsense", '{"e": "qq"}', '{"e": "g"}', '{"e": " "}', '{"e": "q", "r": "q"}', "null"])
def test_keys_that_make_no_sense_are_refused(client_of: ClientOf, grace: Person, places: str) -> None:
    assert client_of(grace).post("/desk/own-keys", data={"on": "yes", "places": places}).status_code == 422
    assert kept(grace) == (True, {})


def test_a_key_that_another_deed_still_has_is_refused_in_words_and_two_keys_may_change_places(client_of: ClientOf, grace: Person) -> None:
    desk = client_of(grace)
    refused = desk.post("/desk/own-keys", data={"on": "yes", "places": '{"e": "r"}'})
    assert (refused.status_code, refused.text) == (422, "r would be both “Reply” and “Close or reopen”.")
    assert kept(grace) == (True, {})
    assert desk.post("/desk/own-keys", data={"on": "yes", "places": '{"e": "r", "r": "e"}'}).status_code == 204
    assert kept(grace) == (True, {"e": "r", "r": "e"})


def test_a_customer_has_no_desk_keys(client_of: ClientOf, ada: Person) -> None:
    assert client_of(ada).post("/desk/own-keys", data={"on": "no", "places": "{}"}).status_code in (403, 404)
